package dbtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/moby/moby/client"
)

// A test binary that is killed (by go test's own timeout, for one) leaves its
// container or its folder behind. Both carry the number of their process, and
// the next test binary removes those whose process is gone.

const (
	labelHost    = "thirdapp.dbtest.host"
	labelProcess = "thirdapp.dbtest.process"
	folderPrefix = "thirdapp-dbtest-"
)

func ownerLabels() map[string]string {
	return map[string]string{labelHost: hostID(), labelProcess: strconv.Itoa(os.Getpid())}
}

// hostID tells apart the places in which a process number means something: the
// host's name and, on Linux, the process namespace.
func hostID() string {
	host, _ := os.Hostname()
	namespace, _ := os.Readlink("/proc/self/ns/pid")
	return host + " " + namespace
}

// gone reports whether no process has that number. When in doubt it has.
func gone(pid string) bool {
	n, err := strconv.Atoi(pid)
	if err != nil || n <= 0 {
		return false
	}
	p, err := os.FindProcess(n)
	if err != nil {
		return false
	}
	defer func() { _ = p.Release() }()
	return errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone)
}

// removeAbandonedContainers tidies up; what fails is left to the next time.
func removeAbandonedContainers(ctx context.Context, engine client.APIClient) {
	ours := client.Filters{}.Add("label", labelHost+"="+hostID())
	list, err := engine.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: ours})
	if err != nil {
		return
	}
	for _, c := range list.Items {
		if gone(c.Labels[labelProcess]) {
			_, _ = engine.ContainerRemove(ctx, c.ID, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
		}
	}
}

// newFolder makes the folder of a server of this process.
func newFolder() (string, error) {
	return os.MkdirTemp("", folderPrefix+strconv.Itoa(os.Getpid())+"-*")
}

// removeAbandonedFolders tidies up; what fails is left to the next time.
func removeAbandonedFolders() {
	folders, err := filepath.Glob(filepath.Join(os.TempDir(), folderPrefix+"*"))
	if err != nil {
		return
	}
	for _, folder := range folders {
		pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(folder), folderPrefix), "-")
		if gone(pid) {
			_ = os.RemoveAll(folder)
		}
	}
}
