package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"sync"

	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/group"
	"k8s.io/apiserver/pkg/authentication/request/bearertoken"
	"k8s.io/apiserver/pkg/authentication/request/union"
	"k8s.io/apiserver/pkg/authentication/request/x509"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/server/dynamiccertificates"
	"k8s.io/klog/v2"
)

// account is one entry of the users file. An entry without a token gives rules to the common name of a
// client certificate.
type account struct {
	Token  string   `json:"token"`
	User   string   `json:"user"`
	Groups []string `json:"groups"`
	Rules  []rule   `json:"rules"`
}

// rule allows; there is no denial. "*" stands for any; resources are named plural.group, or
// plural.group/subresource. No namespaces means all of them, and cluster-scoped resources too.
type rule struct {
	Verbs      []string `json:"verbs"`
	Resources  []string `json:"resources"`
	Namespaces []string `json:"namespaces"`
	Names      []string `json:"names"`
}

// access decides who a request comes from and what it may do.
//
// The users file is read again for each request: it is small, and a test that revokes a right or a
// token must be able to rely on the very next request, whatever the file system's clock thinks.
type access struct {
	path string

	mutex    sync.Mutex
	seen     []byte
	accounts []account
}

func (a *access) load() []account {
	if a.path == "" {
		return nil
	}
	data, err := os.ReadFile(a.path)
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if err != nil {
		if !os.IsNotExist(err) {
			klog.ErrorS(err, "Cannot read the users file")
		}
		a.seen, a.accounts = nil, nil // no file, no users
		return nil
	}
	if a.seen == nil || !bytes.Equal(data, a.seen) {
		var accounts []account
		if err := json.Unmarshal(data, &accounts); err != nil {
			klog.ErrorS(err, "Cannot parse the users file; keeping the users as they were")
			return a.accounts
		}
		a.seen, a.accounts = data, accounts
	}
	return a.accounts
}

// authenticator returns the ways to say who one is. Anonymous is none of them: no credentials is a 401.
func (a *access) authenticator(clientCA dynamiccertificates.CAContentProvider) authenticator.Request {
	return group.NewAuthenticatedGroupAdder(union.New(
		x509.NewDynamic(clientCA.VerifyOptions, x509.CommonNameUserConversion),
		bearertoken.New(authenticator.TokenFunc(a.byToken)),
	))
}

func (a *access) byToken(_ context.Context, token string) (*authenticator.Response, bool, error) {
	for _, one := range a.load() {
		if one.Token != "" && one.Token == token {
			return &authenticator.Response{User: &user.DefaultInfo{Name: one.User, Groups: one.Groups}}, true, nil
		}
	}
	return nil, false, nil
}

func (a *access) authorize(_ context.Context, request authorizer.Attributes) (authorizer.Decision, string, error) {
	who := request.GetUser()
	if slices.Contains(who.GetGroups(), user.SystemPrivilegedGroup) {
		return authorizer.DecisionAllow, "", nil
	}
	if !request.IsResourceRequest() {
		// What Kubernetes lets every authenticated user read (ClusterRole system:discovery).
		if request.GetVerb() == "get" && discoveryPath(request.GetPath()) {
			return authorizer.DecisionAllow, "", nil
		}
		return authorizer.DecisionNoOpinion, "", nil
	}
	for _, one := range a.load() {
		if one.User == who.GetName() && slices.ContainsFunc(one.Rules, func(r rule) bool { return r.allows(request) }) {
			return authorizer.DecisionAllow, "", nil
		}
	}
	return authorizer.DecisionNoOpinion, "", nil
}

func (r rule) allows(request authorizer.Attributes) bool {
	resource := request.GetResource()
	if request.GetAPIGroup() != "" {
		resource += "." + request.GetAPIGroup()
	}
	if request.GetSubresource() != "" {
		resource += "/" + request.GetSubresource()
	}
	return matches(r.Verbs, request.GetVerb()) &&
		matches(r.Resources, resource) &&
		(len(r.Namespaces) == 0 || matches(r.Namespaces, request.GetNamespace())) &&
		(len(r.Names) == 0 || matches(r.Names, request.GetName()))
}

func matches(allowed []string, value string) bool {
	return slices.Contains(allowed, "*") || slices.Contains(allowed, value)
}

func discoveryPath(path string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return slices.Contains([]string{"api", "apis", "openapi", "version", "healthz", "livez", "readyz"}, first)
}
