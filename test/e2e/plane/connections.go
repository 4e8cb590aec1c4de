package plane

import (
	"net"
	"sync"
)

// connections is a listener that can end what it accepted.
type connections struct {
	net.Listener
	mu   sync.Mutex
	open []net.Conn
}

// Accept remembers what it accepts.
func (c *connections) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err == nil {
		c.mu.Lock()
		c.open = append(c.open, conn)
		c.mu.Unlock()
	}
	return conn, err
}

// closeAll ends every connection without a word.
func (c *connections) closeAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.open {
		_ = conn.Close()
	}
	c.open = nil
}
