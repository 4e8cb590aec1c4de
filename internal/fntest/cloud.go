package fntest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Account that the cloud of a World is.
const Account = "123456789012"

// A Cloud is what AWS has: one account.
type Cloud struct {
	// Repositories by their region and name, `eu-west-1/shop/web`.
	Repositories map[string]*Repository

	// Roles by name.
	Roles map[string]*Role

	// Deleted are the repositories that were deleted, and Lost those that were deleted
	// with images in them, in that order.
	Deleted, Lost []string
}

// A Repository in AWS.
type Repository struct {
	Mutability string
	Filters    []string
	ScanOnPush bool
	Encryption string
	KMSKey     string
	Tags       map[string]string
	Lifecycle  string // policy text; empty for none
	Policy     string // policy text; empty for none
	Images     int
}

// A Role in AWS.
type Role struct {
	Path, Trust string
	Policies    map[string]string
}

// NewCloud returns an empty one.
func NewCloud() *Cloud {
	return &Cloud{Repositories: map[string]*Repository{}, Roles: map[string]*Role{}}
}

// repositoryARN returns the ARN of a repository by its region and name.
func repositoryARN(id string) string {
	region, name, _ := strings.Cut(id, "/")
	return "arn:aws:ecr:" + region + ":" + Account + ":repository/" + name
}

// repositoryURL returns where a repository is pushed to, by its region and name.
func repositoryURL(id string) string {
	region, name, _ := strings.Cut(id, "/")
	return Account + ".dkr.ecr." + region + ".amazonaws.com/" + name
}

// SamePolicy reports whether two lifecycle policies are the same to the provider: it
// compares them as JSON, their rules by priority and their tag lists sorted.
func SamePolicy(a, b string) bool {
	return a == b || canonical(a) == canonical(b)
}

func canonical(text string) string {
	var doc struct {
		Rules []map[string]any `json:"rules"`
	}
	if json.Unmarshal([]byte(text), &doc) != nil {
		return "not a policy: " + text
	}
	for _, r := range doc.Rules {
		s, _ := r["selection"].(map[string]any)
		for _, k := range []string{"tagPatternList", "tagPrefixList"} {
			l, _ := s[k].([]any)
			if len(l) == 0 {
				delete(s, k)
				continue
			}
			slices.SortFunc(l, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}
	}
	slices.SortFunc(doc.Rules, func(a, b map[string]any) int {
		x, _ := a["rulePriority"].(float64)
		y, _ := b["rulePriority"].(float64)
		return int(x - y)
	})
	out, err := json.Marshal(doc.Rules)
	if err != nil {
		return text
	}
	return string(out)
}
