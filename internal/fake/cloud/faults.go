package cloud

import (
	"context"
	"slices"
)

// A Fault makes operations fail or hang. It lasts until it is lifted.
type Fault struct {
	// Op is the operation that is affected; empty for all operations.
	Op Op
	// Match selects the things that are affected; nil for all.
	Match func(Key) bool
	// Err is the error of the operation. If it is nil, the operation hangs until the fault is lifted, and then goes on, or
	// until its context ends.
	Err error

	lifted chan struct{}
}

// Inject starts a fault, and returns a function that lifts it. Lifting it again does nothing.
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

// fault applies the faults that affect an operation.
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
