"""The picture of the manual."""

from crwatch.render.picture import export_svg
from crwatch.render.theme import Paint, Theme


def test_the_same_text_gives_the_same_picture() -> None:
    """So that a rebuilt manual does not differ."""
    painted = Theme.of(Paint.COLOUR).paint("who", "@db-operator") + " 3 → 5\n"
    picture = export_svg(painted, title="crwatch tail", width=60)

    assert picture == export_svg(painted, title="crwatch tail", width=60)
    assert picture.startswith("<svg")
    assert "@db-operator" in picture
