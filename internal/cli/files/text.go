package files

import (
	"fmt"
	"io"
	"os"
)

// ReadText returns the text of a file, or of standard input for "-", in UTF-8. It is for
// what holds no objects.
func ReadText(stdin io.Reader, path string) (string, error) {
	name, read := path, func() ([]byte, error) { return os.ReadFile(path) }
	if path == Stdin {
		name, read = StdinName, func() ([]byte, error) { return io.ReadAll(stdin) }
	}
	raw, err := read()
	if err != nil {
		return "", fmt.Errorf("cannot read %w", bare(err))
	}
	text, err := decode(raw)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return text, nil
}
