// Package protostruct converts Go structs straight to and from
// google.protobuf.Struct, without JSON text in between. It is the hot path of a
// function that is called on every reconcile: each Go type is planned once, and
// a conversion then costs little more than building the messages by hand.
//
// # Fields
//
// A field's name and options are those of its json tag, with encoding/json's
// rules for embedded structs. The json option "string", interfaces, arrays and
// maps whose keys are not strings are not supported; a value of such a type is
// an error that names the type and the field. A type with JSON or text methods
// of its own is converted by them, through JSON text; so is []byte (base64).
// metav1.Time is converted directly. A *structpb.Value or *structpb.Struct
// stands for itself.
//
// # Absent
//
// With forced server-side apply everything that is sent is an opinion, so
// nothing is sent that nobody meant, and never a null:
//
//	nil pointer, slice or map          left out
//	zero metav1.Time                   left out
//	omitempty: zero, empty             left out
//	omitempty: struct without content  left out, where encoding/json sends {}
//	omitzero: zero                     left out
//	empty but not nil slice or map     sent, without omitempty
//	non-nil pointer                    sent, whatever it points to
//	struct without omitempty           sent, even as {}
//
// Decoding keeps the same distinction: what is absent stays nil, and [] and {}
// become an empty slice, an empty map or a pointer to an empty struct. Null
// means absent everywhere, except as an item of a list, where it is an error.
//
// # Numbers
//
// A Struct holds every number as a float64. Integers are exact to ±2^53, and
// beyond that they are errors in both directions, as are NaN and infinities.
//
// # Memory
//
// No part of an encoded message is shared with another one, except for the
// *structpb.Value and *structpb.Struct that the caller put in. Several strings
// of one or more messages may lie in one block of memory, which lives as long
// as any of them. Decoded strings, and the raw values that a *structpb.Value or
// *structpb.Struct field captures, are those of the message.
package protostruct
