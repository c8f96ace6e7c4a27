package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// processFlags are those of every command that stays.
type processFlags struct {
	dir           string
	graceful      bool
	exitWithStdin bool
}

func (p *processFlags) register(flags *flag.FlagSet) {
	flags.StringVar(&p.dir, "dir", "", "data folder; a restart on it keeps CA, certificates and objects (required)")
	flags.BoolVar(&p.graceful, "graceful", false, "on SIGTERM end as the server itself would, waiting for open requests; a second SIGTERM ends at once")
	flags.BoolVar(&p.exitWithStdin, "exit-with-stdin", false, "end when standard input ends, that is when the parent is gone")
}

// prepare makes the data folder. It holds private keys, hence 0700.
func (p *processFlags) prepare() error {
	if p.dir == "" {
		return fmt.Errorf("--dir is required")
	}
	return os.MkdirAll(p.dir, 0o700)
}

// untilStopped returns a context that ends with the first SIGTERM or SIGINT, or with standard input.
//
// Without --graceful the process is gone at that moment: a server with open watches would otherwise
// stay for its request timeout of 60 s. Nothing is lost, because etcd's log was written (not synced:
// the page cache outlives a process) before any request was answered. To a client it looks like a kill.
func (p *processFlags) untilStopped() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	parentGone := make(chan struct{})
	if p.exitWithStdin {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			close(parentGone)
		}()
	}
	go func() {
		select {
		case <-parentGone: // nobody is left who could wait for a graceful end
			os.Exit(0)
		case <-signals:
		}
		if !p.graceful {
			os.Exit(0)
		}
		cancel()
		select {
		case <-parentGone:
		case <-signals:
		}
		os.Exit(0)
	}()
	return ctx
}

// writePrivate writes a file that only its owner can read, and that no reader ever sees half written.
func writePrivate(path string, data []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	if _, err := temporary.Write(data); err != nil {
		return err
	}
	if err := temporary.Close(); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}
