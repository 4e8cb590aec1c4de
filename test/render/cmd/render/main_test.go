package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/fn/function"
	"github.com/ontopix/crossplane-ecr/test/render/engine"
	"github.com/ontopix/crossplane-ecr/test/render/manifest"
)

// TestMain is also the programs that a test runs, chosen by the name of the executable: the command itself, and small
// fakes of the function and of Crossplane's command lines.
func TestMain(m *testing.M) {
	switch name := filepath.Base(os.Args[0]); {
	case name == "render":
		main()
	case name == "function":
		fakeFunction()
	case strings.HasPrefix(name, "crossplane"):
		fakeCrossplane()
	default:
		os.Exit(m.Run())
	}
}

// Environment of the programs.
const (
	envPids  = "RENDER_TEST_PIDS"  // The folder where each leaves a file named after its process.
	envHangs = "RENDER_TEST_HANGS" // Whether the command line never ends.
)

func leavePid(pid int) {
	if err := os.WriteFile(filepath.Join(os.Getenv(envPids), strconv.Itoa(pid)), nil, 0o600); err != nil {
		panic(err)
	}
}

// fakeFunction listens at its address until it is stopped.
func fakeFunction() {
	leavePid(os.Getpid())
	for _, arg := range os.Args[1:] {
		if address, ok := strings.CutPrefix(arg, "--address="); ok {
			if _, err := net.Listen("tcp", address); err != nil {
				panic(err)
			}
		}
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	<-stop
}

// fakeCrossplane renders in process, without conditions, as 1.16 does, and with a large output. With envHangs it starts
// a server, leaves a temporary file, and hangs.
func fakeCrossplane() {
	if os.Args[1] == "version" {
		fmt.Println("Client Version: v2.2.0")
		return
	}
	leavePid(os.Getpid())
	if os.Getenv(envHangs) != "" {
		server := exec.Command("sleep", "300")
		if err := server.Start(); err != nil {
			panic(err)
		}
		if _, err := os.CreateTemp("", "left-"); err != nil {
			panic(err)
		}
		leavePid(server.Process.Pid)
		_ = server.Wait()
		return
	}
	var req engine.Request
	files := []*string{&req.XR, &req.Composition, &req.Functions}
	for _, arg := range os.Args[1:] {
		if required, ok := strings.CutPrefix(arg, "--extra-resources="); ok {
			req.Required = required
		}
		if strings.HasSuffix(arg, ".yaml") && !strings.HasPrefix(arg, "-") && len(files) > 0 {
			*files[0], files = arg, files[1:]
		}
	}
	r, err := engine.InProcess{Function: function.New()}.Render(context.Background(), req)
	if err != nil {
		fmt.Fprintf(os.Stderr, "crossplane: error: cannot render composite resource: %s\n", strings.ReplaceAll(err.Error(), "\n", "\n    "))
		os.Exit(1)
	}
	unstructured.RemoveNestedField(r.XR.Object, "status", "conditions")
	r.Composed = append(r.Composed, &unstructured.Unstructured{Object: map[string]any{"kind": "Filler", "data": strings.Repeat("x", 200_000)}})
	if err := manifest.Write(os.Stdout, r.Objects()...); err != nil {
		os.Exit(1)
	}
}

const repository = "../../../.."

// A setup is a checkout with fake engines, and the directories for their traces.
type setup struct{ root, pids, temp, path string }

func newSetup(t *testing.T) setup {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	top, err := filepath.Abs(repository)
	if err != nil {
		t.Fatal(err)
	}
	s := setup{root: t.TempDir(), pids: t.TempDir(), temp: t.TempDir(), path: t.TempDir()}
	links := map[string]string{
		"apis":                filepath.Join(top, "apis"),
		"test/render/engines": filepath.Join(top, "test", "render", "engines"),
		"bin/render":          self,
		"bin/function":        self,
	}
	// A copy, since a link is not walked.
	if err := os.CopyFS(filepath.Join(s.root, "examples"), os.DirFS(filepath.Join(top, "examples"))); err != nil {
		t.Fatal(err)
	}
	modules, err := os.ReadDir(links["test/render/engines"])
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range modules {
		links["bin/engines/"+m.Name()] = self
	}
	for name, to := range links {
		link := filepath.Join(s.root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(link), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(self, filepath.Join(s.path, "crossplane")); err != nil {
		t.Fatal(err)
	}
	return s
}

// command returns the command, with a fake `crossplane` first on its PATH.
func (s setup) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(s.root, "bin", "render"), append([]string{"--function=bin/function"}, args...)...)
	cmd.Dir = s.root
	cmd.Env = append(os.Environ(), "TMPDIR="+s.temp, envPids+"="+s.pids, "PATH="+s.path+string(filepath.ListSeparator)+os.Getenv("PATH"))
	cmd.WaitDelay = 20 * time.Second
	return cmd
}

// traces returns what is left: processes that run, and temporary files.
func (s setup) traces(t *testing.T) []string {
	t.Helper()
	var left []string
	pids, err := os.ReadDir(s.pids)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pids {
		// The state of a process that ended and that nobody waited for is Z.
		state, err := exec.CommandContext(t.Context(), "ps", "-o", "stat=,comm=", "-p", p.Name()).Output()
		if err == nil && !strings.HasPrefix(string(state), "Z") {
			left = append(left, strings.TrimSpace(string(state)))
		}
	}
	files, err := filepath.Glob(filepath.Join(s.temp, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return append(left, files...)
}

// running returns the number of programs that have started.
func (s setup) running(t *testing.T) int {
	t.Helper()
	pids, err := os.ReadDir(s.pids)
	if err != nil {
		t.Fatal(err)
	}
	return len(pids)
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

const claim = "--claim=examples/project-registry/agent-support/claim.yaml"

// TestNothingStays shows that the command leaves no process and no file, however it ends and with every engine.
func TestNothingStays(t *testing.T) {
	engines := []string{"auto"}
	for _, r := range engine.Releases() {
		engines = append(engines, r.Name)
	}
	for _, name := range engines {
		t.Run(name, func(t *testing.T) {
			t.Run("All", func(t *testing.T) {
				s := newSetup(t)
				if err := s.command(t, claim, "--engine="+name).Run(); err != nil {
					t.Errorf("want no error, got %v", err)
				}
				if left := s.traces(t); len(left) > 0 || s.running(t) != 2 {
					t.Errorf("%d programs ran, and left: %s", s.running(t), left)
				}
			})
			t.Run("ReaderGone", func(t *testing.T) {
				s := newSetup(t)
				cmd := s.command(t, claim, "--engine="+name)
				out, err := cmd.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				if _, err := bufio.NewReaderSize(out, 16).ReadString('\n'); err != nil {
					t.Fatal(err)
				}
				if err := errors.Join(out.Close(), cmd.Wait()); err != nil {
					t.Errorf("A reader that ends early is no error: %v", err)
				}
				if left := s.traces(t); len(left) > 0 {
					t.Errorf("want nothing left, got: %s", left)
				}
			})
			for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGPIPE} {
				t.Run(sig.String(), func(t *testing.T) {
					s := newSetup(t)
					cmd := s.command(t, claim, "--engine="+name)
					cmd.Env = append(cmd.Env, envHangs+"=yes")
					if err := cmd.Start(); err != nil {
						t.Fatal(err)
					}
					eventually(t, "function, command line and server run", func() bool { return s.running(t) == 3 })
					if err := cmd.Process.Signal(sig); err != nil {
						t.Fatal(err)
					}
					if err := cmd.Wait(); (err == nil) != (sig == syscall.SIGPIPE) {
						t.Errorf("want an error unless nobody reads any more, got %v", err)
					}
					eventually(t, "nothing is left", func() bool { return len(s.traces(t)) == 0 })
				})
			}
		})
	}
}

// run runs the command to its end.
func (s setup) run(t *testing.T, args ...string) (code int, out, err string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := s.command(t, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

func TestUsage(t *testing.T) {
	s := newSetup(t)
	wrong := filepath.Join(s.root, "wrong.yaml")
	if err := os.WriteFile(wrong, []byte("{apiVersion: ecr.ontopix.io/v1, kind: ProjectRegistry, metadata: {name: a, namespace: a}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		reason string
		args   []string
		want   string
	}{
		"EmptyClaim":      {"An empty claim is an unset shell variable, and does not mean all examples.", []string{"--claim="}, "CLAIM is empty"},
		"EmptyExample":    {"So is an empty example.", []string{"--example= "}, "EXAMPLE is empty"},
		"Both":            {"One of the two would be ignored.", []string{claim, "--example=org-access/ontopix"}, "EXAMPLE and CLAIM cannot be combined"},
		"All":             {"One of the two would be ignored with --all, too.", []string{claim, "--all"}, "CLAIM and ALL cannot be combined"},
		"RequiredAlone":   {"Examples bring what they require.", []string{"--required=examples/required.yaml", "--all"}, "OBSERVED and REQUIRED go with CLAIM or XR"},
		"NoFile":          {"A missing file is named with its variable.", []string{"--claim=none.yaml"}, "CLAIM: stat none.yaml"},
		"WrongAPIVersion": {"A wrong API version is reported for the user's file, with what to write.", []string{"--claim=" + wrong}, wrong + `: apiVersion "ecr.ontopix.io/v1": must be ecr.ontopix.io/v1alpha1`},
		"NoSuchExample":   {"An unknown example is reported with those that exist.", []string{"--example=none"}, "there is no example none; there are:\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			code, out, err := s.run(t, tc.args...)
			if code == 0 || out != "" || !strings.Contains(err, tc.want) {
				t.Errorf("%s\nwant an error with %q, got exit code %d, %q, %q", tc.reason, tc.want, code, out, err)
			}
		})
	}
}

func TestList(t *testing.T) {
	code, out, err := newSetup(t).run(t)
	if code != 0 || err != "" {
		t.Errorf("exit code %d, %s", code, err)
	}
	for _, want := range []string{"EXAMPLE ", "\nproject-registry/agent-support ", "make render EXAMPLE=project-registry/agent-support", "make render CLAIM=claim.yaml"} {
		if !strings.Contains(out, want) {
			t.Errorf("Without anything to render the examples are listed, and how to see one: want %q, got\n%s", want, out)
		}
	}
	if n := strings.Count(out, "\n"); n > 40 {
		t.Errorf("the list has %d lines", n)
	}
}

func TestClaim(t *testing.T) {
	const head = "apiVersion: ecr.ontopix.io/v1alpha1\nkind: ProjectRegistry\nmetadata: {name: registry, namespace: agents}\nspec:\n  region: eu-west-1\n"
	cases := map[string]struct {
		reason   string
		claim    string
		required string
		code     int
		out      string
		err      []string
	}{
		"Valid": {
			reason: "The function's conditions follow the YAML, even if the engine prints none.",
			claim:  head + "  images: [{name: support}]\n",
			out:    "kind: Repository",
			err:    []string{":\n  Valid: True\n  Compliant: True\n  Stalled: False\n", "those of examples/required.yaml; REQUIRED=file gives your own"},
		},
		"Advice": {
			reason: "Advice follows the conditions.",
			claim:  head + "  images: [{name: support}]\n  github: {repositories: [support]}\n",
			out:    "kind: Repository",
			err:    []string{"  Advice:\n    spec.github: "},
		},
		"Refused": {
			reason: "A refusal is reported once, with a line for each fault, for the user's file.",
			claim:  head + "  images: [{name: A}, {name: b, deletionPolicy: Delete}]\n",
			code:   1,
			err:    []string{"claim.yaml:\n  Valid: False, InvalidSpec\n    spec.images[0].name \"A\": ", "\n    spec.images[1].deletionPolicy \"Delete\": ", "Stalled: True, InvalidSpec\nrender: error: 1 of 1 renders failed"},
		},
		"GitHub": {
			reason: "With the default org access a claim can have a push role.",
			claim:  head + "  images: [{name: support}]\n  github: {repositories: [support], branches: [main]}\n",
			out:    "kind: RolePolicy",
			err:    []string{"  Valid: True\n"},
		},
		"Pull": {
			reason: "The default settings allow the pull grants of the guides.",
			claim:  head + "  images: [{name: support, pull: {accounts: [\"222233334444\"], organizationIds: [o-a1b2c3d4e5]}}]\n",
			out:    "kind: RepositoryPolicy",
			err:    []string{"  Valid: True\n"},
		},
		"OwnSettings": {
			reason:   "Given settings replace the default ones.",
			claim:    head + "  images: [{name: support}]\n",
			required: "{apiVersion: apiextensions.crossplane.io/v1beta1, kind: EnvironmentConfig, metadata: {name: ecr-platform}, data: {guardrails: {maxRepositories: 0}}}",
			code:     1,
			err:      []string{"required.yaml\n", "maxRepositories"},
		},
		"Namespaced": {
			reason: "A composite resource without a claim is rendered as it is, by an engine that can.",
			claim:  strings.Replace(head, "ecr.ontopix", "ecr.m.ontopix", 1) + "  images: [{name: support}]\n  github: {repositories: [support], branches: [main]}\n",
			out:    "apiVersion: ecr.aws.m.upbound.io",
			err:    []string{"  Valid: True\n"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newSetup(t)
			args := []string{"--claim=claim.yaml"}
			files := map[string]string{"claim.yaml": tc.claim}
			if tc.required != "" {
				args = append(args, "--required=required.yaml")
				files["required.yaml"] = tc.required
			}
			for name, text := range files {
				if err := os.WriteFile(filepath.Join(s.root, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			code, out, err := s.run(t, args...)
			if code != tc.code || !strings.Contains(out, tc.out) || tc.out == "" && out != "" {
				t.Errorf("%s\nwant exit code %d and %q, got %d and\n%.2000s", tc.reason, tc.code, tc.out, code, out)
			}
			for _, want := range tc.err {
				if !strings.Contains(err, want) {
					t.Errorf("%s\nwant %q, got\n%s", tc.reason, want, err)
				}
			}
			if strings.Contains(err, s.temp) {
				t.Errorf("A message names a temporary file:\n%s", err)
			}
		})
	}
}
