package policy

import (
	"encoding/json"
	"reflect"
)

// Equal reports whether two texts are the same JSON: white space, the order of keys
// and the way of escaping do not matter, the order of lists does. Texts that are not
// JSON are equal if they are the same text.
func Equal(a, b string) bool {
	if a == b {
		return true
	}
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	return reflect.DeepEqual(x, y)
}
