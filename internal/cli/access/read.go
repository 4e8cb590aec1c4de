package access

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/internal/cli"
	"github.com/ontopix/crossplane-ecr/internal/cli/local"
)

// A rendering is the managed resources that one composite resource becomes.
type rendering struct {
	// of names the composite resource, or its claim, as people do.
	of      string
	objects []*unstructured.Unstructured
}

// read renders what the files hold. It reports whether that is everything, and says what is missing: a refused object
// grants nothing new, and without its org access nobody knows whom a role of a project lets in.
func read(ctx context.Context, streams cli.Streams, paths []string, o local.Options) (out []rendering, whole bool, err error) {
	set, err := local.Load(streams, paths, o)
	if err != nil {
		return nil, false, err
	}
	if len(set.Composites) == 0 && len(set.Findings) == 0 {
		return nil, false, local.ErrNothing
	}
	defer streams.Progress("rendering %d objects", len(set.Composites))()
	whole = true
	told := map[string]bool{} // A fault of the settings is found for each object.
	lacks := func(findings []local.Finding) {
		for _, f := range findings {
			if f.Level != local.Error {
				continue
			}
			whole = false
			if line := fmt.Sprint(f); !told[line] {
				told[line] = true
				streams.Note("%s", line)
			}
		}
	}
	lacks(set.Findings)
	for _, c := range set.Composites {
		of := cli.Clean(c.Author())
		outcome, err := set.Run(ctx, c)
		if err != nil {
			return nil, false, fmt.Errorf("%s: %w", of, err)
		}
		if outcome.Refused {
			lacks(outcome.Findings)
			streams.Note("%s is refused, and grants nothing new.", of)
			continue
		}
		r := rendering{of: of}
		for _, key := range slices.Sorted(maps.Keys(outcome.Desired)) {
			u := outcome.Desired[key]
			if isRole := u.GetKind() == "Role" || u.GetKind() == "RolePolicy"; outcome.Missing == "" || !isRole {
				r.objects = append(r.objects, u)
			}
		}
		if outcome.Missing != "" {
			whole = false
			streams.Note("The org access %s was not given: roles of %s are left out.", cli.Clean(outcome.Missing), of)
		}
		out = append(out, r)
	}
	return out, whole, nil
}
