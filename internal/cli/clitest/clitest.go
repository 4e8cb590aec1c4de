// Package clitest runs kubectl-ecr in tests.
package clitest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/root"
)

// A Result is the outcome of a run of the program.
type Result struct {
	Code     int
	Out, Err string
}

// Run runs the command line, with nothing on standard input.
func Run(t testing.TB, args ...string) Result {
	t.Helper()
	return RunWith(t, "", args...)
}

// progress matches the lines of Streams.Progress. Whether there are any depends on the speed of the machine.
var progress = regexp.MustCompile(`(?m)^.*…\n`)

// RunWith runs the command line with the given standard input.
func RunWith(t testing.TB, stdin string, args ...string) Result {
	t.Helper()
	var out, err bytes.Buffer
	code := root.Run(cli.Streams{In: strings.NewReader(stdin), Out: &out, Err: &err}, args...)
	return Result{Code: code, Out: out.String(), Err: progress.ReplaceAllString(err.String(), "")}
}

// ECR gives the test an AWS account. Its ECR answers each operation with the status and the message that answer returns.
func ECR(t *testing.T, region string, answer func(operation string, body *json.Decoder) (status int, message any)) {
	t.Helper()
	ecr := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		status, message := answer(operation, json.NewDecoder(r.Body))
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(status)
		if err := json.NewEncoder(w).Encode(message); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(ecr.Close)
	none := filepath.Join(t.TempDir(), "none")
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": ecr.URL, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": region, "AWS_PROFILE": "",
		"AWS_CONFIG_FILE": none, "AWS_SHARED_CREDENTIALS_FILE": none,
	} {
		t.Setenv(name, value)
	}
}
