package protostruct

import (
	"testing"

	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// sample has a field of every sort.
type sample struct {
	inlined `json:",inline"`
	*Linked
	Tagged `json:"tagged,omitempty"`

	Str    string   `json:"str,omitempty"`
	StrPtr *string  `json:"strPtr,omitempty"`
	Bool   *bool    `json:"bool,omitempty"`
	Int    *int64   `json:"int,omitempty"`
	Small  int8     `json:"small,omitempty"`
	Uint   *uint16  `json:"uint,omitempty"`
	Float  *float64 `json:"float,omitempty"`

	List    []string           `json:"list,omitempty"`
	Lists   [][]string         `json:"lists,omitempty"`
	Ptrs    []*string          `json:"ptrs,omitempty"`
	Items   []item             `json:"items,omitempty"`
	Labels  map[string]string  `json:"labels,omitempty"`
	Tags    map[string]*string `json:"tags,omitempty"`
	Counts  map[key]int32      `json:"counts,omitempty"`
	Item    *item              `json:"item,omitempty"`
	Kept    kept               `json:"kept"`
	Dropped item               `json:"dropped,omitempty"`
	Zero    item               `json:"zero,omitzero"`
	Self    *sample            `json:"self,omitempty"`

	Time     metav1.Time        `json:"time"`
	TimePtr  *metav1.Time       `json:"timePtr,omitempty"`
	Duration *metav1.Duration   `json:"duration,omitempty"`
	IntOrStr intstr.IntOrString `json:"intOrStr,omitzero"`

	Raw    *structpb.Value  `json:"raw,omitempty"`
	RawObj *structpb.Struct `json:"rawObj,omitempty"`

	Hidden   string `json:"-"`
	Untagged string `json:",omitempty"`
	private  string
}

type key string

type inlined struct {
	FromInlined string `json:"fromInlined,omitempty"`
	Str         string `json:"str,omitempty"` // hidden by sample's
}

type Linked struct {
	FromLinked string `json:"fromLinked,omitempty"`
}

type Tagged struct {
	FromTagged string `json:"fromTagged,omitempty"`
}

type item struct {
	Name string `json:"name,omitempty"`
	Port int32  `json:"port,omitempty"`
}

// kept has fields that are sent even if they are zero, as long as they are not
// nil.
type kept struct {
	List  []string          `json:"list"`
	Map   map[string]string `json:"map"`
	Ptr   *string           `json:"ptr"`
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
