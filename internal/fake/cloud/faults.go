package cloud

import (
	"context"
	"slices"
)

// A Fault is what AWS does wrong on demand. Faults last until they are lifted.
type Fault struct {
	// Op is the operation that goes wrong; every one if it is empty.
	Op Op
	// Match says which things it concerns; all if it is nil.
	Match func(Key) bool
	// Err is what AWS answers. Without one it does not answer at all: the operation hangs until the fault is lifted or the
	// caller gives up, and then goes on.
	Err error

	lifted chan struct{}
}

// Inject makes a fault happen from now on, and returns what lifts it. Lifting twice does nothing.
func (c *Cloud) Inject(f Fault) (lift func()) {
	fault := &f
	fault.lifted = make(chan struct{})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, fault)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if i := slices.Index(c.faults, fault); i >= 0 {
			c.faults = slices.Delete(c.faults, i, i+1)
			close(fault.lifted)
		}
	}
}

// fault lets the faults happen that concern an operation.
func (c *Cloud) fault(ctx context.Context, op Op, k Key) error {
	c.mu.Lock()
	faults := slices.Clone(c.faults)
	c.mu.Unlock()
	for _, f := range faults {
		if (f.Op != "" && f.Op != op) || (f.Match != nil && !f.Match(k)) {
			continue
		}
		if f.Err != nil {
			return f.Err
		}
		select {
		case <-f.lifted:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
