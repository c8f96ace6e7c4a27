"""The API server over HTTP: kubeconfig, credentials, transport, discovery, collections, schemas."""
