package deploy_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
)

// TestTroubleshooting shows that the page has a row for every condition and reason of the API, and for no others.
func TestTroubleshooting(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../apis/v1alpha1/conditions.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	types, reasons := map[string]bool{}, map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		switch name := spec.Names[0].Name; {
		case strings.HasPrefix(name, "Condition"):
			types[value] = false
		case strings.HasPrefix(name, "Reason"):
			reasons[value] = false
		}
		return false
	})
	if len(types) == 0 || len(reasons) == 0 {
		t.Fatal("the API has no conditions or no reasons")
	}
	for _, line := range strings.Split(readFile(t, root, "docs", "troubleshooting.md"), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) < 5 {
			continue
		}
		ours := false
		for _, typ := range strings.Split(cells[1], ",") {
			typ = strings.Trim(typ, " `")
			if _, ok := types[typ]; ok {
				types[typ], ours = true, true
			}
		}
		reason := strings.Trim(cells[2], " `")
		if !ours {
			continue
		}
		if _, ok := reasons[reason]; !ok {
			t.Errorf("docs/troubleshooting.md: the API has no reason %q", reason)
		}
		reasons[reason] = true
	}
	for _, all := range []map[string]bool{types, reasons} {
		for name, told := range all {
			if !told {
				t.Errorf("docs/troubleshooting.md has no row for %s", name)
			}
		}
	}
}
