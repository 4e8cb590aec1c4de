package cloud

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Account is the id of the account.
const Account = "123456789012"

// A Key identifies a thing in the account.
type Key struct {
	Kind   string // of the managed resource: Repository, Role, …
	Region string // empty for global things
	ID     string // in AWS; <role>:<name> for a role's inline policy
}

// String returns the key in the form of tests and logs.
func (k Key) String() string {
	return strings.Trim(k.Kind+" "+k.Region+" "+k.ID, " ")
}

// A Thing is a resource in the account, such as a repository, a role or a policy.
type Thing struct {
	// Attributes are the attributes that the API would return, in the form of the provider's forProvider.
	Attributes map[string]any
	// Images is the number of images in a repository.
	Images int
	// Since is a number that grows with every creation in the account. A thing that was deleted and created again has
	// another one.
	Since int
}

// An Op is an operation on a thing.
type Op string

// The operations in the journal and in faults.
const (
	Create Op = "create"
	Read   Op = "read" // not journalled
	Update Op = "update"
	Delete Op = "delete"
)

// An Entry of the journal is a change of a thing.
type Entry struct {
	At time.Time
	Op Op
	Key
	// Images is the number of images deleted with a repository.
	Images int
}

// A Cloud is an account. New returns an empty one: the zero value is not usable. It is safe for concurrent use.
type Cloud struct {
	mu      sync.Mutex
	things  map[Key]*Thing
	journal []Entry
	faults  []*Fault
	since   int
}

// New returns an empty account.
func New() *Cloud { return &Cloud{things: map[Key]*Thing{}} }

// Get returns a copy of a thing, and whether it exists.
func (c *Cloud) Get(ctx context.Context, k Key) (Thing, bool, error) {
	if err := c.fault(ctx, Read, k); err != nil {
		return Thing{}, false, err
	}
	t, ok := c.Look(k)
	return t, ok, nil
}

// Look returns a copy of a thing, and whether it exists. Faults do not affect it.
func (c *Cloud) Look(k Key) (Thing, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, ok := c.things[k]
	if !ok {
		return Thing{}, false
	}
	look := *t
	look.Attributes = maps.Clone(t.Attributes)
	return look, true
}

// Put creates a thing. If AWS's API for its kind is a Put, it overwrites an existing one.
func (c *Cloud) Put(ctx context.Context, k Key, attributes map[string]any) error {
	if err := c.fault(ctx, Create, k); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if owner, ok := owner(k); ok && c.things[owner] == nil {
		return notFound(owner)
	}
	t, exists := c.things[k]
	if exists && slices.Contains(creates, k.Kind) {
		return alreadyExists(k)
	}
	if exists {
		t.Attributes = maps.Clone(attributes)
		c.note(Update, k, 0)
		return nil
	}
	c.since++
	c.things[k] = &Thing{Attributes: maps.Clone(attributes), Since: c.since}
	c.note(Create, k, 0)
	return nil
}

// Update changes a thing.
func (c *Cloud) Update(ctx context.Context, k Key, attributes map[string]any) error {
	if err := c.fault(ctx, Update, k); err != nil {
		return err
	}
	return c.change(k, func(t *Thing) {
		t.Attributes = maps.Clone(attributes)
		c.note(Update, k, 0)
	})
}

// Delete deletes a thing, and the policies of a repository or role. A repository with images is deleted only by force.
// It is no error if the thing does not exist.
func (c *Cloud) Delete(ctx context.Context, k Key, force bool) error {
	if err := c.fault(ctx, Delete, k); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t, ok := c.things[k]
	if !ok {
		return nil
	}
	if t.Images > 0 && !force {
		return notEmpty(k)
	}
	for other := range c.things {
		if o, ok := owner(other); ok && o == k {
			delete(c.things, other)
			c.note(Delete, other, 0)
		}
	}
	delete(c.things, k)
	c.note(Delete, k, t.Images)
	return nil
}

// Push adds images to a repository.
func (c *Cloud) Push(repository Key, images int) error {
	return c.change(repository, func(t *Thing) { t.Images += images })
}

// Change changes a thing without a journal entry or faults, or deletes it if change returns nil.
func (c *Cloud) Change(k Key, change func(attributes map[string]any) map[string]any) error {
	return c.change(k, func(t *Thing) {
		if t.Attributes = change(maps.Clone(t.Attributes)); t.Attributes == nil {
			delete(c.things, k)
		}
	})
}

// change changes a thing, which must exist.
func (c *Cloud) change(k Key, change func(*Thing)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, ok := c.things[k]
	if !ok {
		return notFound(k)
	}
	change(t)
	return nil
}

// Keys returns the sorted keys of a kind.
func (c *Cloud) Keys(kind string) []Key {
	c.mu.Lock()
	defer c.mu.Unlock()
	var keys []Key
	for k := range c.things {
		if k.Kind == kind {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b Key) int { return strings.Compare(a.String(), b.String()) })
	return keys
}

// Journal returns the changes of the things that match, in order.
func (c *Cloud) Journal(match func(Key) bool) []Entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	var entries []Entry
	for _, e := range c.journal {
		if match(e.Key) {
			entries = append(entries, e)
		}
	}
	return entries
}

// note adds an entry to the journal. The caller holds the lock.
func (c *Cloud) note(op Op, k Key, images int) {
	c.journal = append(c.journal, Entry{At: time.Now(), Op: op, Key: k, Images: images})
}

// owner returns the repository or role that a policy belongs to; false for other things.
func owner(k Key) (Key, bool) {
	switch k.Kind {
	case "LifecyclePolicy", "RepositoryPolicy":
		return Key{Kind: "Repository", Region: k.Region, ID: k.ID}, true
	case "RolePolicy":
		role, _, _ := strings.Cut(k.ID, ":")
		return Key{Kind: "Role", ID: role}, true
	}
	return Key{}, false
}

// creates are the kinds for which AWS's API has a Create. The others have a Put, which overwrites an existing thing.
var creates = []string{"Repository", "Role", "OpenIDConnectProvider"}

// An Error is an error of AWS's API.
type Error struct{ Code, Message string }

// Error returns the code and the message as the provider shows them.
func (e *Error) Error() string { return fmt.Sprintf("api error %s: %s", e.Code, e.Message) }

func notFound(k Key) error {
	if k.Kind == "Repository" {
		return repositoryError("RepositoryNotFoundException", "The repository with name '%s' does not exist in the registry with id '%s'", k)
	}
	return &Error{"NoSuchEntity", fmt.Sprintf("The %s with name %s cannot be found.", strings.ToLower(k.Kind), k.ID)}
}

func alreadyExists(k Key) error {
	if k.Kind == "Repository" {
		return repositoryError("RepositoryAlreadyExistsException", "The repository with name '%s' already exists in the registry with id '%s'", k)
	}
	return &Error{"EntityAlreadyExists", fmt.Sprintf("%s with name %s already exists.", k.Kind, k.ID)}
}

func notEmpty(k Key) error {
	return repositoryError("RepositoryNotEmptyException",
		"The repository with name '%s' in registry with id '%s' cannot be deleted because it still contains images", k)
}

// repositoryError returns an error with a message about a repository and its registry.
func repositoryError(code, message string, k Key) error {
	return &Error{code, fmt.Sprintf(message, k.ID, Account)}
}
