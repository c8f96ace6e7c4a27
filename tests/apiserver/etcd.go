package main

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"time"

	"go.etcd.io/etcd/client/v3"
	clientsnapshot "go.etcd.io/etcd/client/v3/snapshot"
	"go.etcd.io/etcd/etcdutl/v3/snapshot"
	"go.etcd.io/etcd/server/v3/embed"
	"go.uber.org/zap"
)

// peerURL names the only member to itself. It is stored with the data and never dialled, so it can be
// fixed while the listening port is free; a restored data folder must carry the same name.
const peerURL = "http://127.0.0.1:2380"

type etcdFlags struct {
	port             int
	progressInterval time.Duration
	logLevel         string
}

func (e *etcdFlags) register(flags *flag.FlagSet) {
	flags.IntVar(&e.port, "etcd-port", 0, "etcd's port on 127.0.0.1; 0 takes a free one")
	flags.DurationVar(&e.progressInterval, "progress-notify-interval", time.Second,
		"how often etcd tells idle watches its revision (etcd's own default is 10m): bookmarks cannot advance faster")
	flags.StringVar(&e.logLevel, "etcd-log-level", "error", "debug, info, warn, error")
}

// start returns a ready etcd on DIR/etcd and its client URL.
func (e *etcdFlags) start(dir string) (*embed.Etcd, string, error) {
	config := embed.NewConfig()
	config.Dir = filepath.Join(dir, "etcd")
	config.LogLevel = e.logLevel
	config.LogOutputs = []string{"stderr"}
	config.UnsafeNoFsync = true // a test survives kills, not power cuts
	config.WatchProgressNotifyInterval = e.progressInterval
	client := url.URL{Scheme: "http", Host: "127.0.0.1:" + strconv.Itoa(e.port)}
	config.ListenClientUrls = []url.URL{client}
	config.AdvertiseClientUrls = []url.URL{client}
	config.ListenPeerUrls = []url.URL{{Scheme: "http", Host: "127.0.0.1:0"}}
	peer, err := url.Parse(peerURL)
	if err != nil {
		return nil, "", err
	}
	config.AdvertisePeerUrls = []url.URL{*peer}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	server, err := embed.StartEtcd(config)
	if err != nil {
		return nil, "", err
	}
	select {
	case <-server.Server.ReadyNotify():
	case err := <-server.Err():
		return nil, "", err
	case <-time.After(30 * time.Second):
		return nil, "", fmt.Errorf("etcd is not ready after 30 s")
	}
	return server, "http://" + server.Clients[0].Addr().String(), nil
}

func serveEtcd(args []string) error {
	flags := flag.NewFlagSet("etcd", flag.ContinueOnError)
	var process processFlags
	var etcd etcdFlags
	process.register(flags)
	etcd.register(flags)
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
	fmt.Printf("ready %s\n", address)
	select {
	case <-ctx.Done():
		server.Close()
		return nil
	case err := <-server.Err():
		return err
	}
}

func etcdClient(address string) (*clientv3.Client, error) {
	return clientv3.New(clientv3.Config{Endpoints: []string{address}, DialTimeout: 5 * time.Second, Logger: zap.NewNop()})
}

// compact ends etcd's history at a revision and prints the revision; "now" means the newest.
func compact(args []string) error {
	flags := flag.NewFlagSet("compact", flag.ContinueOnError)
	address := flags.String("etcd", "", "etcd's URL (required)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *address == "" || flags.NArg() != 1 {
		return fmt.Errorf("wanted: --etcd URL REVISION|now")
	}
	client, err := etcdClient(*address)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var revision int64
	if flags.Arg(0) == "now" {
		now, err := client.Get(ctx, "/", clientv3.WithCountOnly())
		if err != nil {
			return err
		}
		revision = now.Header.Revision
	} else if revision, err = strconv.ParseInt(flags.Arg(0), 10, 64); err != nil {
		return err
	}
	// Physical: answered only when the old revisions are gone, so the next request already sees it.
	if _, err := client.Compact(ctx, revision, clientv3.WithCompactPhysical()); err != nil {
		return err
	}
	fmt.Println(revision)
	return nil
}

// backup saves etcd's data, history included, as it is now.
func backup(args []string) error {
	flags := flag.NewFlagSet("backup", flag.ContinueOnError)
	address := flags.String("etcd", "", "etcd's URL (required)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *address == "" || flags.NArg() != 1 {
		return fmt.Errorf("wanted: --etcd URL FILE")
	}
	config := clientv3.Config{Endpoints: []string{*address}, DialTimeout: 5 * time.Second}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err := clientsnapshot.SaveWithVersion(ctx, zap.NewNop(), config, flags.Arg(0))
	return err
}

// restore makes DIR/etcd from a backup; the folder must not be there. Revisions run on from those of
// the backup, as after a disaster at its owner's, so that clients see history rewound.
func restore(args []string) error {
	flags := flag.NewFlagSet("restore", flag.ContinueOnError)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 2 {
		return fmt.Errorf("wanted: FILE DIR")
	}
	config := embed.NewConfig()
	return snapshot.NewV3(zap.NewNop()).Restore(snapshot.RestoreConfig{
		SnapshotPath:        flags.Arg(0),
		Name:                config.Name,
		OutputDataDir:       filepath.Join(flags.Arg(1), "etcd"),
		PeerURLs:            []string{peerURL},
		InitialCluster:      config.Name + "=" + peerURL,
		InitialClusterToken: config.InitialClusterToken,
	})
}
