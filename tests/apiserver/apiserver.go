package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/apiextensions-apiserver/pkg/apiserver"
	"k8s.io/apiextensions-apiserver/pkg/cmd/server/options"
	generatedopenapi "k8s.io/apiextensions-apiserver/pkg/generated/openapi"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	openapinamer "k8s.io/apiserver/pkg/endpoints/openapi"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/apiserver/pkg/server/dynamiccertificates"
	"k8s.io/apiserver/pkg/util/openapi"
)

type apiFlags struct {
	port       int
	kubeconfig string
	namespace  string
	users      string
}

func (a *apiFlags) register(flags *flag.FlagSet) {
	flags.IntVar(&a.port, "port", 0, "the API server's port on 127.0.0.1; 0 takes a free one")
	flags.StringVar(&a.kubeconfig, "kubeconfig", "", "where to write an administrator's kubeconfig, once ready")
	flags.StringVar(&a.namespace, "namespace", "default", "the default namespace of that kubeconfig")
	flags.StringVar(&a.users, "users", "", "JSON file of users with tokens and rules, read again for each request")
}

// serve runs etcd and the API server in this process. Its first line is "etcd URL", the second "ready URL".
func serve(args []string) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	var process processFlags
	var etcd etcdFlags
	var api apiFlags
	process.register(flags)
	etcd.register(flags)
	api.register(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := process.prepare(); err != nil {
		return err
	}
	ctx := process.untilStopped()
	server, address, err := etcd.start(process.dir)
	if err != nil {
		return err
	}
	fmt.Printf("etcd %s\n", address)
	if err := api.run(ctx, process.dir, address, flags.Args()); err != nil {
		return err // at once: a closing etcd would log over the reason
	}
	server.Close()
	return nil
}

func serveAPI(args []string) error {
	flags := flag.NewFlagSet("apiserver", flag.ContinueOnError)
	var process processFlags
	var api apiFlags
	process.register(flags)
	api.register(flags)
	etcdServers := flags.String("etcd-servers", "", "URL of the etcd that keeps the data (required)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *etcdServers == "" {
		return errors.New("--etcd-servers is required")
	}
	if err := process.prepare(); err != nil {
		return err
	}
	return api.run(process.untilStopped(), process.dir, *etcdServers, flags.Args())
}

// run serves until ctx ends. serverFlags are those of the apiextensions-apiserver and win over ours.
func (a *apiFlags) run(ctx context.Context, dir, etcdServers string, serverFlags []string) error {
	who, err := loadIdentity(dir)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:"+strconv.Itoa(a.port))
	if err != nil {
		return err
	}
	server, err := a.build(dir, etcdServers, who, listener, serverFlags)
	if err != nil {
		return err
	}
	address := "https://" + listener.Addr().String()
	go func() {
		if err := a.announce(ctx, address, who); err != nil && ctx.Err() == nil {
			fmt.Fprintln(os.Stderr, "crwatch-apiserver:", err)
			os.Exit(1)
		}
	}()
	return server.GenericAPIServer.PrepareRun().RunWithContext(ctx)
}

func (a *apiFlags) build(dir, etcdServers string, who *identity, listener net.Listener, serverFlags []string) (*apiserver.CustomResourceDefinitions, error) {
	config, err := configure(dir, etcdServers, listener, serverFlags)
	if err != nil {
		return nil, err
	}
	clientCA, err := dynamiccertificates.NewStaticCAContent("client-ca", who.ca.certificate)
	if err != nil {
		return nil, err
	}
	rights := &access{path: a.users}
	config.GenericConfig.SecureServing.ClientCA = clientCA // makes TLS ask for client certificates
	config.GenericConfig.Authentication.Authenticator = rights.authenticator(clientCA)
	config.GenericConfig.Authorization.Authorizer = authorizer.AuthorizerFunc(rights.authorize)
	completed := config.Complete()
	// Complete turns this off, because in a cluster the aggregator answers /apis.
	completed.GenericConfig.EnableDiscovery = true
	server, err := completed.New(genericapiserver.NewEmptyDelegate())
	if err != nil {
		return nil, err
	}
	return server, listGroupsPlainly(server)
}

// configure parses the server's own flags and takes out what needs a core Kubernetes API server, which
// does not exist here: delegated authentication, priority and fairness, admission by webhooks and policies.
func configure(dir, etcdServers string, listener net.Listener, serverFlags []string) (*apiserver.Config, error) {
	nowhere := filepath.Join(dir, "no-core.kubeconfig")
	if err := writePrivate(nowhere, []byte(noCoreKubeconfig)); err != nil {
		return nil, err
	}
	o := options.NewCustomResourceDefinitionsServerOptions(os.Stdout, os.Stderr)
	o.RecommendedOptions.Authentication = nil
	o.RecommendedOptions.Authorization = nil
	o.RecommendedOptions.Admission = nil
	o.RecommendedOptions.Features.EnablePriorityAndFairness = false
	o.RecommendedOptions.SecureServing.Listener = listener
	flags := pflag.NewFlagSet("apiextensions-apiserver", pflag.ContinueOnError)
	o.AddFlags(flags)
	ours := []string{
		"--etcd-servers=" + etcdServers,
		"--etcd-prefix=/registry",
		"--tls-cert-file=" + filepath.Join(dir, "server.crt"),
		"--tls-private-key-file=" + filepath.Join(dir, "server.key"),
		"--kubeconfig=" + nowhere,
	}
	if err := flags.Parse(append(ours, serverFlags...)); err != nil {
		return nil, err
	}
	if err := o.ServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		return nil, err
	}
	if err := o.Complete(); err != nil {
		return nil, err
	}
	if err := o.Validate(); err != nil {
		return nil, err
	}
	config, err := o.Config()
	if err != nil {
		return nil, err
	}
	config.GenericConfig.ExternalAddress = listener.Addr().String() // named in the discovery of groups
	// The informers of core objects have no server; unstarted they neither log nor hold back /readyz.
	config.GenericConfig.SharedInformerFactory = nil
	// Without this there is no /openapi/v2 and no custom resource in /openapi/v3: kubectl explains nothing.
	config.GenericConfig.OpenAPIConfig = genericapiserver.DefaultOpenAPIConfig(
		openapi.GetOpenAPIDefinitionsWithoutDisabledFeatures(generatedopenapi.GetOpenAPIDefinitions),
		openapinamer.NewDefinitionNamer(apiserver.Scheme),
	)
	config.GenericConfig.OpenAPIConfig.Info.Title = "crwatch-apiserver"
	return config, nil
}

// noCoreKubeconfig leads to the discard port: the options insist on a core API server, nothing here asks it.
const noCoreKubeconfig = `apiVersion: v1
kind: Config
clusters: [{name: none, cluster: {server: "http://127.0.0.1:9"}}]
contexts: [{name: none, context: {cluster: none, user: none}}]
users: [{name: none, user: {}}]
current-context: none
`

// announce waits for readiness, then writes the kubeconfig and tells the parent: whoever finds the file
// or the line finds a server that answers.
func (a *apiFlags) announce(ctx context.Context, address string, who *identity) error {
	if err := waitUntilReady(ctx, address, who); err != nil {
		return err
	}
	if a.kubeconfig != "" {
		if err := writeKubeconfig(a.kubeconfig, address, a.namespace, who); err != nil {
			return err
		}
	}
	fmt.Printf("ready %s\n", address)
	return nil
}

func waitUntilReady(ctx context.Context, address string, who *identity) error {
	certificate, err := tls.X509KeyPair(who.admin.certificate, who.admin.key)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(who.ca.certificate)
	transport := &http.Transport{TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, RootCAs: roots}}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 5 * time.Second}
	last := errors.New("no answer")
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); {
		response, err := client.Get(address + "/readyz?exclude=informer-sync")
		if err != nil {
			last = err
		} else {
			body, _ := io.ReadAll(response.Body)
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
			last = fmt.Errorf("HTTP %d: %s", response.StatusCode, body)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(25 * time.Millisecond):
		}
	}
	return fmt.Errorf("not ready after 60 s: %w", last)
}
