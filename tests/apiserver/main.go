// Command crwatch-apiserver is the real Kubernetes API server of crwatch's tests: etcd and the
// apiextensions-apiserver in one binary, so that a test needs neither a cluster nor Docker.
//
// Everything that a watch client can notice comes from upstream code; what is ours is only the
// glue: certificates, users, a kubeconfig, and an end that leaves nothing behind.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
)

const usage = `usage: crwatch-apiserver COMMAND [FLAGS] [-- FLAGS OF THE API SERVER]

  serve        etcd and the API server in one process
  etcd         etcd alone
  apiserver    the API server alone, on the etcd of --etcd-servers
  certificate  write a client certificate of the data folder's CA
  compact      compact etcd's history at a revision
  backup       save etcd's data to a file
  restore      make a data folder of etcd from such a file
  load         create and update custom resources at a rate

crwatch-apiserver COMMAND --help lists the flags of COMMAND.
`

func main() {
	if len(os.Args) < 2 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	commands := map[string]func(args []string) error{
		"serve":       serve,
		"etcd":        serveEtcd,
		"apiserver":   serveAPI,
		"certificate": certificate,
		"compact":     compact,
		"backup":      backup,
		"restore":     restore,
		"load":        load,
	}
	command, known := commands[os.Args[1]]
	if !known {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	err := command(os.Args[2:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(0)
	case err != nil:
		fmt.Fprintf(os.Stderr, "crwatch-apiserver %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}
