package manifest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadAndWrite(t *testing.T) {
	cases := map[string]struct {
		reason string
		in     string
		want   string
	}{
		"Sorted": {
			reason: "Keys are sorted, and whole numbers stay whole.",
			in:     "kind: B\napiVersion: v1\nspec: {b: 3600, a: 1000000, c: 0.5}",
			want:   "apiVersion: v1\nkind: B\nspec:\n  a: 1000000\n  b: 3600\n  c: 0.5\n",
		},
		"Several": {
			reason: "Documents stay in their order; those with only comments or nothing are ignored.",
			in:     "# head\n---\nkind: B\n---\n# nothing\n---\nkind: A\n---\n",
			want:   "kind: B\n---\nkind: A\n",
		},
		"CommentFirst": {
			reason: "A comment before the first document belongs to it.",
			in:     "# head\nkind: A\n",
			want:   "kind: A\n",
		},
		"Empty": {reason: "Nothing is no object."},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			objs, err := Read(strings.NewReader(tc.in))
			if err != nil {
				t.Fatalf("%s\nRead(...): %v", tc.reason, err)
			}
			got, err := Bytes(objs...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, string(got)); diff != "" {
				t.Errorf("%s\nBytes(Read(...)): -want, +got\n%s", tc.reason, diff)
			}
		})
	}
}

func TestReadOne(t *testing.T) {
	cases := map[string]struct {
		reason string
		in     string
		err    string
	}{
		"One":    {reason: "One object is what is asked for.", in: "kind: A"},
		"None":   {reason: "An empty file is a mistake.", in: "# nothing", err: "want one object, got 0"},
		"Two":    {reason: "With two objects the choice would be arbitrary.", in: "kind: A\n---\nkind: B", err: "want one object, got 2"},
		"Broken": {reason: "What is not YAML says so.", in: "kind: [", err: "cannot parse YAML"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "a.yaml")
			if err := os.WriteFile(file, []byte(tc.in), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := ReadOne(file)
			if tc.err == "" && err != nil {
				t.Errorf("%s\nReadOne(...): %v", tc.reason, err)
			}
			if tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err) || !strings.Contains(err.Error(), file)) {
				t.Errorf("%s\nReadOne(...): want an error with %q and the file, got %v", tc.reason, tc.err, err)
			}
		})
	}
}
