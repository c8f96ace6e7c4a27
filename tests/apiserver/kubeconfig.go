package main

import (
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// writeKubeconfig gives an administrator's access to the server, with everything embedded, so that the
// file can be copied anywhere.
func writeKubeconfig(path, address, namespace string, who *identity) error {
	const cluster, user, context = "crwatch-test", "admin", "admin@crwatch-test"
	config := api.NewConfig()
	config.Clusters[cluster] = &api.Cluster{Server: address, CertificateAuthorityData: who.ca.certificate}
	config.AuthInfos[user] = &api.AuthInfo{ClientCertificateData: who.admin.certificate, ClientKeyData: who.admin.key}
	config.Contexts[context] = &api.Context{Cluster: cluster, AuthInfo: user, Namespace: namespace}
	config.CurrentContext = context
	data, err := clientcmd.Write(*config)
	if err != nil {
		return err
	}
	return writePrivate(path, data)
}
