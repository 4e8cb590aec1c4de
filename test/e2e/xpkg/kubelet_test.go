package xpkg_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// A kubelet stands in for a cluster's nodes: it starts the function's Deployment as a process, from the image that the
// Deployment names, with the arguments, environment and Secrets that Crossplane wrote into it, and tells Crossplane
// that every Deployment is available. It starts no providers: their packages in this test have no program.
type kubelet struct {
	c    *cluster
	dir  string // of the file systems
	kube kubernetes.Interface

	mu       sync.Mutex
	function *appsv1.Deployment // the Deployment that was started
}

func startKubelet(t *testing.T, c *cluster) *kubelet {
	t.Helper()
	kube, err := kubernetes.NewForConfig(c.Config)
	must(t, err)
	k := &kubelet{c: c, dir: t.TempDir(), kube: kube}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		wait.UntilWithContext(ctx, func(ctx context.Context) {
			if err := k.sync(ctx); err != nil && ctx.Err() == nil {
				t.Logf("kubelet: %v", err)
			}
		}, 300*time.Millisecond)
	}()
	t.Cleanup(func() { stop(); <-done })
	return k
}

// sync starts the function, and marks new Deployments as available.
func (k *kubelet) sync(ctx context.Context) error {
	list, err := k.kube.AppsV1().Deployments(plane.SystemNamespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for i := range list.Items {
		d := &list.Items[i]
		if len(d.Status.Conditions) > 0 {
			continue
		}
		if strings.Contains(d.Name, "function-ecr") {
			if err := k.start(ctx, d); err != nil {
				return fmt.Errorf("cannot start %s: %w", d.Name, err)
			}
		}
		now := metav1.Now()
		d.Status.Conditions = []appsv1.DeploymentCondition{{
			Type: appsv1.DeploymentAvailable, Status: corev1.ConditionTrue, Reason: "Started", LastUpdateTime: now, LastTransitionTime: now,
		}}
		if _, err := k.kube.AppsV1().Deployments(plane.SystemNamespace).UpdateStatus(ctx, d, metav1.UpdateOptions{}); err != nil {
			return err
		}
	}
	return nil
}

// start starts the one container of a Deployment. As root it runs in a file system of its own, as the user of the
// Deployment or the image, as in a container; otherwise the paths of mounts are rewritten to paths on this machine.
func (k *kubelet) start(ctx context.Context, d *appsv1.Deployment) error {
	pod := d.Spec.Template
	if len(pod.Spec.Containers) != 1 {
		return fmt.Errorf("has %d containers", len(pod.Spec.Containers))
	}
	container := pod.Spec.Containers[0]
	fs := filepath.Join(k.dir, d.Name)
	entrypoint, user, err := extract(container.Image, fs)
	if err != nil {
		return err
	}
	if len(container.Command) > 0 {
		entrypoint = container.Command
	}
	uid, gid, err := runAs(container.SecurityContext, user)
	if err != nil {
		return err
	}
	if err := k.mount(ctx, fs, pod.Spec, container, uid, gid); err != nil {
		return err
	}

	inside := func(s string) string { return s }
	cmd := &exec.Cmd{Path: entrypoint[0], Dir: "/", Env: []string{}}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: fs, Credential: &syscall.Credential{Uid: uid, Gid: gid}}
	} else {
		cmd.Path = filepath.Join(fs, entrypoint[0])
		inside = func(s string) string {
			for _, m := range container.VolumeMounts {
				s = strings.ReplaceAll(s, m.MountPath, filepath.Join(fs, m.MountPath))
			}
			return s
		}
	}
	for _, e := range container.Env {
		value := e.Value
		if e.ValueFrom != nil {
			if e.ValueFrom.FieldRef == nil {
				continue // Limits, from which GOMEMLIMIT may come: a process has none.
			}
			label := strings.TrimSuffix(strings.TrimPrefix(e.ValueFrom.FieldRef.FieldPath, "metadata.labels['"), "']")
			value = pod.Labels[label]
		}
		cmd.Env = append(cmd.Env, e.Name+"="+inside(value))
	}
	cmd.Args = append([]string{}, entrypoint...)
	for _, arg := range container.Args {
		cmd.Args = append(cmd.Args, inside(arg))
	}
	if _, err := k.c.Run(d.Name, cmd); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.function = d
	return nil
}

// mount writes the Secrets that a container mounts. Only its user can read them.
func (k *kubelet) mount(ctx context.Context, fs string, pod corev1.PodSpec, container corev1.Container, uid, gid uint32) error {
	for _, m := range container.VolumeMounts {
		for _, v := range pod.Volumes {
			if v.Name != m.Name || v.Secret == nil {
				continue
			}
			secret, err := k.kube.CoreV1().Secrets(plane.SystemNamespace).Get(ctx, v.Secret.SecretName, metav1.GetOptions{})
			if err != nil {
				return err
			}
			items := v.Secret.Items
			if len(items) == 0 {
				for key := range secret.Data {
					items = append(items, corev1.KeyToPath{Key: key, Path: key})
				}
			}
			for _, item := range items {
				path := filepath.Join(fs, m.MountPath, item.Path)
				if err := write(path, secret.Data[item.Key], 0o400); err != nil {
					return err
				}
				if os.Geteuid() == 0 {
					if err := os.Chown(path, int(uid), int(gid)); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// runAs returns the user of a container: the Deployment's, or else the image's. It refuses root, as a kubelet does for
// a Deployment that must not run as root.
func runAs(sc *corev1.SecurityContext, user string) (uid, gid uint32, err error) {
	name, group, _ := strings.Cut(user, ":")
	u, err := strconv.ParseUint(name, 10, 32)
	if err != nil {
		return 0, 0, fmt.Errorf("the image's user %q is not a number, so it may be root", user)
	}
	g, _ := strconv.ParseUint(group, 10, 32)
	if sc != nil && sc.RunAsUser != nil {
		u = uint64(*sc.RunAsUser) //nolint:gosec // a user's number
	}
	if sc != nil && sc.RunAsGroup != nil {
		g = uint64(*sc.RunAsGroup) //nolint:gosec // as above
	}
	if u == 0 {
		return 0, 0, errors.New("would run as root")
	}
	return uint32(u), uint32(g), nil //nolint:gosec // as above
}
