package protostruct_test

import (
	"testing"

	"google.golang.org/protobuf/types/known/structpb"
)

// sample has a field of each kind.
type sample struct {
	inlined `json:",inline"`
	Tagged  `json:"tagged,omitempty"`

	Str    string  `json:"str,omitempty"`
	StrPtr *string `json:"strPtr,omitempty"`
	Bool   *bool   `json:"bool,omitempty"`
	Int    *int64  `json:"int,omitempty"`

	List   []string           `json:"list,omitempty"`
	Lists  [][]string         `json:"lists,omitempty"`
	Items  []item             `json:"items,omitempty"`
	Labels map[string]string  `json:"labels,omitempty"`
	Tags   map[string]*string `json:"tags,omitempty"`
	Counts map[key]int64      `json:"counts,omitempty"`
	Item   *item              `json:"item,omitempty"`
	Kept   kept               `json:"kept"`
	Zero   item               `json:"zero,omitzero"`
	Self   *sample            `json:"self,omitempty"`

	Raw *structpb.Value `json:"raw,omitempty"`

	Hidden  string `json:"-"`
	private string
}

type key string

type inlined struct {
	FromInlined string `json:"fromInlined,omitempty"`
}

type Tagged struct {
	FromTagged string `json:"fromTagged,omitempty"`
}

type item struct {
	Name string `json:"name"`
	Port int64  `json:"port,omitempty"`
}

// kept has fields that are sent even if they are zero, as long as they are not nil.
type kept struct {
	List  []string          `json:"list"`
	Map   map[string]string `json:"map"`
	Inner *item             `json:"inner"`
}

// fromJSON returns JSON text as a Struct.
func fromJSON(tb testing.TB, text string) *structpb.Struct {
	tb.Helper()
	s := &structpb.Struct{}
	if err := s.UnmarshalJSON([]byte(text)); err != nil {
		tb.Fatal(err)
	}
	return s
}
