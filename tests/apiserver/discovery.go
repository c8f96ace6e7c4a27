package main

import (
	"slices"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"

	apihelpers "k8s.io/apiextensions-apiserver/pkg/apihelpers"
)

// listGroupsPlainly keeps the groups of CRDs in the plain form of /apis.
//
// In a cluster the aggregator does this; the apiextensions-apiserver alone lists custom groups in the
// aggregated form only, and a client that falls back to the plain form would find none.
func listGroupsPlainly(server *apiserver.CustomResourceDefinitions) error {
	crds := server.Informers.Apiextensions().V1().CustomResourceDefinitions()
	listed := sets.New[string]()
	refresh := func() { // runs on the informer's one goroutine for this handler: no lock
		all, err := crds.Lister().List(labels.Everything())
		if err != nil {
			klog.ErrorS(err, "Cannot list CRDs for discovery")
			return
		}
		served := servedVersions(all)
		for group, versions := range served {
			server.GenericAPIServer.DiscoveryGroupManager.AddGroup(apiGroup(group, versions))
			listed.Insert(group)
		}
		for group := range listed {
			if _, still := served[group]; !still {
				server.GenericAPIServer.DiscoveryGroupManager.RemoveGroup(group)
				listed.Delete(group)
			}
		}
	}
	_, err := crds.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { refresh() },
		UpdateFunc: func(any, any) { refresh() },
		DeleteFunc: func(any) { refresh() },
	})
	return err
}

func servedVersions(crds []*apiextensionsv1.CustomResourceDefinition) map[string]sets.Set[string] {
	served := map[string]sets.Set[string]{}
	for _, crd := range crds {
		if !apihelpers.IsCRDConditionTrue(crd, apiextensionsv1.Established) {
			continue
		}
		for _, one := range crd.Spec.Versions {
			if one.Served {
				if served[crd.Spec.Group] == nil {
					served[crd.Spec.Group] = sets.New[string]()
				}
				served[crd.Spec.Group].Insert(one.Name)
			}
		}
	}
	return served
}

func apiGroup(name string, versions sets.Set[string]) metav1.APIGroup {
	ordered := versions.UnsortedList()
	slices.SortFunc(ordered, func(a, b string) int { return version.CompareKubeAwareVersionStrings(b, a) })
	group := metav1.APIGroup{Name: name}
	for _, one := range ordered {
		group.Versions = append(group.Versions, metav1.GroupVersionForDiscovery{GroupVersion: name + "/" + one, Version: one})
	}
	group.PreferredVersion = group.Versions[0]
	return group
}
