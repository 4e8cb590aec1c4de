package settings_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/ontopix/crossplane-ecr/fn/settings"
)

// TestBuiltInIsDocumented shows that the guide, and the comments from which the reference is generated, state the
// built-in settings.
func TestBuiltInIsDocumented(t *testing.T) {
	b := settings.BuiltIn()
	untagged, keep := b.Lifecycle.UntaggedExpiryDays.Value, b.Lifecycle.KeepImages.Value
	for file, sentences := range map[string][]string{
		"../../docs/project-teams.md": {
			fmt.Sprintf("| untagged images | expire %d days after they were pushed |", untagged),
			fmt.Sprintf("| tagged images | the newest %d are kept |", keep),
		},
		"../../apis/v1alpha1/settings.go": {
			fmt.Sprintf("Built in: %s.", b.Mutability.Value.Mode),
			fmt.Sprintf("Built in: %t.", b.ScanOnPush.Value),
			fmt.Sprintf("Built in: %s.", b.Encryption.Value.Type),
			fmt.Sprintf("Built in: untagged images after %d days, and all tagged images except the newest %d.", untagged, keep),
			fmt.Sprintf("Built in: %s, which keeps it.", b.DeletionPolicy.Value),
			fmt.Sprintf("Built in: %t.", b.ForceDelete.Value),
		},
	} {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(strings.Fields(strings.ReplaceAll(string(raw), "//", "")), " ")
		for _, s := range sentences {
			if !strings.Contains(text, s) {
				t.Errorf("%s does not say: %s", file, s)
			}
		}
	}
}
