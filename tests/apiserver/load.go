package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"
)

// exampleObject is what load creates unless a template is given.
const exampleObject = `{
  "apiVersion": "stable.example.com/v1",
  "kind": "DatabaseCluster",
  "metadata": {"labels": {"app": "db"}},
  "spec": {"replicas": 1, "databaseImage": "postgres:16.4", "storageSize": "10Gi"}
}`

// plan is what to write. Objects are NAME-0 to NAME-(N-1); updates go round them in that order, and each
// sets the counter field to a number one higher than the last, so that a run can be checked by its objects.
type plan struct {
	plural    string
	namespace string
	name      string
	create    int
	size      int
	update    int
	first     int
	rate      float64
	duration  time.Duration
	remove    bool
	workers   int
	pad       []string
	counter   []string
}

// summary is printed as JSON when all is written.
type summary struct {
	Created         int64   `json:"created"`
	Updated         int64   `json:"updated"`
	Deleted         int64   `json:"deleted"`
	Failed          int64   `json:"failed"`
	FirstFailure    string  `json:"firstFailure,omitempty"`
	CreateSeconds   float64 `json:"createSeconds"`
	UpdateSeconds   float64 `json:"updateSeconds"`
	UpdatesPerSec   float64 `json:"updatesPerSecond"`
	ObjectBytes     int     `json:"objectBytes"`
	LastResourceVer string  `json:"lastResourceVersion"`
}

// writer counts what several goroutines write.
type writer struct {
	plan
	client   dynamic.ResourceInterface
	template *unstructured.Unstructured
	failed   atomic.Int64

	mutex        sync.Mutex
	firstFailure string
	last         string
}

func load(args []string) error {
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	var p plan
	kubeconfig := flags.String("kubeconfig", "", "the server and who writes (required)")
	template := flags.String("template", "", "JSON file of one object; the default is a DatabaseCluster")
	flags.StringVar(&p.plural, "resource", "databaseclusters", "plural name of the template's type")
	flags.StringVar(&p.namespace, "namespace", "default", "namespace; empty for a cluster-scoped type")
	flags.StringVar(&p.name, "name", "load", "objects are called NAME-0, NAME-1, …")
	flags.IntVar(&p.create, "create", 0, "how many objects to create; with 0, --objects exist already")
	objects := flags.Int("objects", 0, "how many objects to update where none are created")
	flags.IntVar(&p.size, "size", 0, "bytes of one object's JSON as sent, reached by filling --pad")
	flags.IntVar(&p.update, "update", 0, "how many updates to write")
	flags.IntVar(&p.first, "first", 2, "the number that the first update writes; the same number again would be no change, and new objects have 1")
	flags.Float64Var(&p.rate, "rate", 0, "updates per second; 0 means as fast as the server answers")
	flags.DurationVar(&p.duration, "duration", 0, "end the updates after this time, also without --update")
	flags.BoolVar(&p.remove, "delete", false, "delete the objects at the end")
	flags.IntVar(&p.workers, "workers", 8, "requests in flight; with 1, versions are in the order of the names")
	pad := flags.String("pad", "spec.config", "string field filled to reach --size")
	counter := flags.String("counter", "spec.replicas", "integer field that the updates count up")
	if err := flags.Parse(args); err != nil {
		return err
	}
	p.pad, p.counter = strings.Split(*pad, "."), strings.Split(*counter, ".")
	count := max(p.create, *objects)
	if *kubeconfig == "" || count == 0 {
		return errors.New("wanted: --kubeconfig FILE and --create N or --objects N")
	}
	w, err := newWriter(p, *kubeconfig, *template)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(w.run(count))
}

func newWriter(p plan, kubeconfig, template string) (*writer, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS = -1 // the rate is ours to limit
	config.UserAgent = "crwatch-load"
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	data := []byte(exampleObject)
	if template != "" {
		if data, err = os.ReadFile(template); err != nil {
			return nil, err
		}
	}
	object := &unstructured.Unstructured{}
	if err := json.Unmarshal(data, &object.Object); err != nil {
		return nil, err
	}
	version, err := schema.ParseGroupVersion(object.GetAPIVersion())
	if err != nil {
		return nil, err
	}
	w := &writer{plan: p, template: object, client: client.Resource(version.WithResource(p.plural))}
	if p.namespace != "" {
		w.client = client.Resource(version.WithResource(p.plural)).Namespace(p.namespace)
	}
	return w, nil
}

func (w *writer) run(count int) summary {
	var s summary
	if w.create > 0 {
		s.ObjectBytes = len(w.encoded(w.object(0)))
	}
	started := time.Now()
	s.Created = w.each(w.create, 0, time.Time{}, w.createOne)
	s.CreateSeconds = time.Since(started).Seconds()
	if w.update > 0 || w.duration > 0 {
		started = time.Now()
		deadline := time.Time{}
		if w.duration > 0 {
			deadline = started.Add(w.duration)
		}
		total := w.update
		if total == 0 {
			total = int(^uint(0) >> 1)
		}
		s.Updated = w.each(total, w.rate, deadline, func(i int) error { return w.updateOne(i%count, w.first+i) })
		s.UpdateSeconds = time.Since(started).Seconds()
		s.UpdatesPerSec = float64(s.Updated) / s.UpdateSeconds
	}
	if w.remove {
		s.Deleted = w.each(count, 0, time.Time{}, func(i int) error {
			return w.client.Delete(context.Background(), w.nameOf(i), metav1.DeleteOptions{})
		})
	}
	s.Failed, s.FirstFailure, s.LastResourceVer = w.failed.Load(), w.firstFailure, w.last
	return s
}

// each runs write(0) to write(total-1) on the workers and returns how many succeeded. The rate is an
// average from the start: after a pause of the server the workers catch up as fast as it answers.
func (w *writer) each(total int, rate float64, deadline time.Time, write func(i int) error) int64 {
	var next, succeeded atomic.Int64
	started := time.Now()
	var group sync.WaitGroup
	for range w.workers {
		group.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= total {
					return
				}
				if rate > 0 {
					time.Sleep(time.Until(started.Add(time.Duration(float64(i) / rate * float64(time.Second)))))
				}
				if !deadline.IsZero() && time.Now().After(deadline) {
					return
				}
				if err := write(i); err != nil {
					w.fail(err)
					continue
				}
				succeeded.Add(1)
			}
		})
	}
	group.Wait()
	return succeeded.Load()
}

func (w *writer) createOne(i int) error {
	created, err := w.client.Create(context.Background(), w.object(i), metav1.CreateOptions{})
	if err == nil {
		w.saw(created.GetResourceVersion())
	}
	return err
}

func (w *writer) updateOne(i, number int) error {
	patch := &unstructured.Unstructured{Object: map[string]any{}}
	if err := unstructured.SetNestedField(patch.Object, int64(number), w.counter...); err != nil {
		return err
	}
	updated, err := w.client.Patch(context.Background(), w.nameOf(i), types.MergePatchType, w.encoded(patch), metav1.PatchOptions{})
	if err == nil {
		w.saw(updated.GetResourceVersion())
	}
	return err
}

func (w *writer) nameOf(i int) string { return fmt.Sprintf("%s-%d", w.name, i) }

func (w *writer) object(i int) *unstructured.Unstructured {
	object := w.template.DeepCopy()
	object.SetName(w.nameOf(i))
	if w.namespace != "" {
		object.SetNamespace(w.namespace)
	}
	if w.size > 0 {
		_ = unstructured.SetNestedField(object.Object, "", w.pad...)
		if missing := w.size - len(w.encoded(object)); missing > 0 {
			_ = unstructured.SetNestedField(object.Object, strings.Repeat("x", missing), w.pad...)
		}
	}
	return object
}

// encoded returns compact JSON; an object of strings, numbers and maps always has one.
func (w *writer) encoded(object *unstructured.Unstructured) []byte {
	data, err := json.Marshal(object.Object)
	if err != nil {
		panic(err)
	}
	return data
}

func (w *writer) saw(version string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if len(version) > len(w.last) || (len(version) == len(w.last) && version > w.last) { // numbers, as text
		w.last = version
	}
}

func (w *writer) fail(err error) {
	w.failed.Add(1)
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.firstFailure == "" {
		w.firstFailure = err.Error()
	}
}
