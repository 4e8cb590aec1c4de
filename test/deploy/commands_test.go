package deploy_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// ambiguous are names that several kinds share where both generations are installed, or that another project's kind has
// too: kubectl picks one kind, and shows nothing of the others.
var ambiguous = func() []string {
	names := []string{"pr", "eoa", "epr", "mepr", "meoa"} // Short names are for people at a terminal.
	for _, kind := range []string{"projectregistr", "repositor", "lifecyclepolic", "repositorypolic", "rolepolic", "registrypolic"} {
		names = append(names, kind+"y", kind+"ies")
	}
	return append(names, "ecrorgaccess", "ecrorgaccesses", "role", "roles", "openidconnectprovider", "openidconnectproviders")
}()

var kubectl = regexp.MustCompile("kubectl (?:-n [a-z<>-]+ )?(?:annotate|apply|delete|describe|edit|get|label|patch|wait)[^|`\"\\n]*")

// TestCommands shows that each kubectl command in pages, messages and scripts names its kinds with their group, so that
// it works in a cluster where both generations are installed.
func TestCommands(t *testing.T) {
	checked := 0
	for name, text := range texts(t) {
		for _, command := range kubectl.FindAllString(text, -1) {
			checked++
			for _, word := range strings.FieldsFunc(command, func(r rune) bool { return r == ' ' || r == ',' }) {
				kind, _, _ := strings.Cut(word, "/")
				if slices.Contains(ambiguous, kind) {
					t.Errorf("%s: %q: write %s with its group: more than one kind has this name", name, command, kind)
				}
			}
		}
	}
	if checked < 20 {
		t.Errorf("found only %d commands", checked)
	}
}
