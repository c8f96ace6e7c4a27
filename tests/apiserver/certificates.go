package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// longLife is that of the CA and its own certificates: no test outlives it, a kept data folder may.
const longLife = 10 * 365 * 24 * time.Hour

// keyPair is a certificate with its key, both as PEM.
type keyPair struct {
	certificate []byte
	key         []byte
}

// authority signs. Its pair is kept in the data folder, so that a restart has the same identity.
type authority struct {
	keyPair
	parsed *x509.Certificate
	signer crypto.Signer
}

// identity is what a server needs: who it is, and who may administer it.
type identity struct {
	ca     *authority
	server keyPair
	admin  keyPair
}

// loadIdentity returns the data folder's identity and makes what is missing in it.
func loadIdentity(dir string) (*identity, error) {
	ca, err := loadAuthority(dir)
	if err != nil {
		return nil, err
	}
	server, err := loadOrMake(dir, "server", func() (keyPair, error) {
		return ca.sign(&x509.Certificate{
			Subject:     pkix.Name{CommonName: "crwatch-apiserver"},
			DNSNames:    []string{"localhost"},
			IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		}, longLife)
	})
	if err != nil {
		return nil, err
	}
	admin, err := loadOrMake(dir, "admin", func() (keyPair, error) {
		return ca.signClient("admin", []string{"system:masters"}, longLife)
	})
	if err != nil {
		return nil, err
	}
	return &identity{ca: ca, server: server, admin: admin}, nil
}

func loadAuthority(dir string) (*authority, error) {
	pair, err := loadOrMake(dir, "ca", func() (keyPair, error) {
		template := &x509.Certificate{
			Subject:               pkix.Name{CommonName: "crwatch-apiserver CA"},
			IsCA:                  true,
			BasicConstraintsValid: true,
			KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		}
		return makePair(template, nil, nil, longLife)
	})
	if err != nil {
		return nil, err
	}
	certBlock, _ := pem.Decode(pair.certificate)
	keyBlock, _ := pem.Decode(pair.key)
	if certBlock == nil || keyBlock == nil {
		return nil, fmt.Errorf("%s holds no PEM", filepath.Join(dir, "ca.crt"))
	}
	parsed, err := x509.ParseCertificate(certBlock.Bytes)
	if err != nil {
		return nil, err
	}
	signer, err := x509.ParseECPrivateKey(keyBlock.Bytes)
	if err != nil {
		return nil, err
	}
	return &authority{keyPair: pair, parsed: parsed, signer: signer}, nil
}

func (a *authority) sign(template *x509.Certificate, life time.Duration) (keyPair, error) {
	template.KeyUsage = x509.KeyUsageDigitalSignature
	return makePair(template, a.parsed, a.signer, life)
}

// signClient returns a certificate that Kubernetes reads as user and groups (CN and O).
func (a *authority) signClient(user string, groups []string, life time.Duration) (keyPair, error) {
	return a.sign(&x509.Certificate{
		Subject:     pkix.Name{CommonName: user, Organization: groups},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, life)
}

// makePair signs with parent, or with its own key where there is none. The standard library adds the
// subject key id of a CA and the authority key id of what it signs; Python 3.13 verifies strictly and
// refuses a chain without them.
func makePair(template, parent *x509.Certificate, signer crypto.Signer, life time.Duration) (keyPair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return keyPair{}, err
	}
	if parent == nil {
		parent, signer = template, key
	}
	template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return keyPair{}, err
	}
	now := time.Now()
	template.NotBefore = now.Add(-time.Minute)
	template.NotAfter = now.Add(life)
	certificate, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return keyPair{}, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return keyPair{}, err
	}
	return keyPair{
		certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}),
		key:         pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}),
	}, nil
}

func loadOrMake(dir, name string, make func() (keyPair, error)) (keyPair, error) {
	certificatePath, keyPath := filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key")
	certificate, err := os.ReadFile(certificatePath)
	if err == nil {
		key, err := os.ReadFile(keyPath)
		return keyPair{certificate, key}, err
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return keyPair{}, err
	}
	pair, err := make()
	if err != nil {
		return keyPair{}, err
	}
	// The key first: a certificate on disk then always has its key.
	if err := writePrivate(keyPath, pair.key); err != nil {
		return keyPair{}, err
	}
	return pair, writePrivate(certificatePath, pair.certificate)
}

// certificate writes OUT.crt and OUT.key for a user, who gets rules by an entry of the users file
// without a token. A short life makes certificates that expire during a test.
func certificate(args []string) error {
	flags := flag.NewFlagSet("certificate", flag.ContinueOnError)
	dir := flags.String("dir", "", "the data folder (required)")
	user := flags.String("user", "", "the user's name (required)")
	group := flags.String("group", "", "a group of the user")
	life := flags.Duration("life", longLife, "until when it is valid, from now")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *dir == "" || *user == "" || flags.NArg() != 1 {
		return fmt.Errorf("wanted: --dir DIR --user NAME OUT")
	}
	ca, err := loadAuthority(*dir)
	if err != nil {
		return err
	}
	var groups []string
	if *group != "" {
		groups = []string{*group}
	}
	pair, err := ca.signClient(*user, groups, *life)
	if err != nil {
		return err
	}
	if err := writePrivate(flags.Arg(0)+".key", pair.key); err != nil {
		return err
	}
	return writePrivate(flags.Arg(0)+".crt", pair.certificate)
}
