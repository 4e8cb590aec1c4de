package preview

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/ontopix/crossplane-ecr/internal/retention"
)

// An Image is an image of a repository, as ECR describes it.
type Image struct {
	retention.Image

	Repository string
	Bytes      int64

	// Index reports whether the image is a manifest list or an image index, and Listed whether its children are known.
	Index, Listed bool
}

// unlisted reports whether the image is an index with unknown children. An archived index holds no images.
func (i *Image) unlisted() bool { return i.Index && !i.Listed && !i.Archived }

// indexTypes are the media types of manifest lists and image indexes.
var indexTypes = map[string]bool{
	"application/vnd.docker.distribution.manifest.list.v2+json": true,
	"application/vnd.oci.image.index.v1+json":                   true,
}

// A detail is an image as the AWS CLI prints it. AWS's SDK writes the same fields in another case.
type detail struct {
	RepositoryName         string   `json:"repositoryName"`
	ImageDigest            string   `json:"imageDigest"`
	ImageTags              []string `json:"imageTags"`
	ImageSizeInBytes       int64    `json:"imageSizeInBytes"`
	ImagePushedAt          instant  `json:"imagePushedAt"`
	LastRecordedPullTime   instant  `json:"lastRecordedPullTime"`
	ImageManifestMediaType string   `json:"imageManifestMediaType"`
	ImageStatus            string   `json:"imageStatus"`
	LastArchivedAt         instant  `json:"lastArchivedAt"`
	LastActivatedAt        instant  `json:"lastActivatedAt"`
	SubjectManifestDigest  string   `json:"subjectManifestDigest"`
}

func (d detail) image() (Image, error) {
	switch {
	case d.ImageDigest == "":
		return Image{}, errors.New("an image has no imageDigest")
	case d.ImagePushedAt.IsZero():
		return Image{}, fmt.Errorf("image %s has no imagePushedAt", d.ImageDigest)
	case d.ImageStatus == "ARCHIVED" && d.LastArchivedAt.IsZero():
		return Image{}, fmt.Errorf("image %s is archived and has no lastArchivedAt", d.ImageDigest)
	}
	return Image{
		Image: retention.Image{
			Digest: d.ImageDigest, Tags: d.ImageTags, Subject: d.SubjectManifestDigest, Archived: d.ImageStatus == "ARCHIVED",
			PushedAt: d.ImagePushedAt.Time, LastPulledAt: d.LastRecordedPullTime.Time,
			LastArchivedAt: d.LastArchivedAt.Time, LastActivatedAt: d.LastActivatedAt.Time,
		},
		Repository: d.RepositoryName, Bytes: d.ImageSizeInBytes, Index: indexTypes[d.ImageManifestMediaType],
	}, nil
}

// An instant is a time as the AWS CLI writes it: text, or the seconds since 1970.
type instant struct{ time.Time }

// UnmarshalJSON reads a time.
func (i *instant) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	if b[0] != '"' {
		seconds, err := strconv.ParseFloat(string(b), 64)
		if err != nil || math.Abs(seconds) > 1e11 {
			return fmt.Errorf("%s is not a time: write seconds since 1970, or text", b)
		}
		whole, fraction := math.Modf(seconds)
		i.Time = time.Unix(int64(whole), int64(fraction*1e6)*1e3).UTC()
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	// Old versions of the AWS CLI leave the colon out of the offset.
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700"} {
		if t, err := time.Parse(layout, text); err == nil {
			i.Time = t.UTC()
			return nil
		}
	}
	return fmt.Errorf("%q is not a time: write it as 2026-11-26T12:00:00Z", text)
}

// parseImages reads the output of `aws ecr describe-images`: pages one after the other, or a list of pages or images.
// An image on two pages counts once. It reports whether the last page says that more follow.
func parseImages(text string) (images []Image, incomplete bool, err error) {
	seen := map[[2]string]int{}
	err = documents(text, func(raw json.RawMessage) error {
		var d struct {
			detail
			ImageDetails []detail        `json:"imageDetails"`
			NextToken    string          `json:"nextToken"` // The CLI's own with --max-items is NextToken.
			ImageIDs     json.RawMessage `json:"imageIds"`
		}
		if err := json.Unmarshal(raw, &d); err != nil {
			return err
		}
		incomplete = d.NextToken != ""
		details := d.ImageDetails
		switch {
		case details != nil:
		case d.ImageDigest != "":
			details = []detail{d.detail}
		case d.ImageIDs != nil:
			return errors.New("this is what `aws ecr list-images` prints, which has no times; use `aws ecr describe-images`")
		default:
			return errors.New("there are no imageDetails; give what `aws ecr describe-images --output json` prints")
		}
		for _, d := range details {
			im, err := d.image()
			if err != nil {
				return err
			}
			key := [2]string{im.Repository, im.Digest}
			if n, ok := seen[key]; ok {
				images[n] = im
				continue
			}
			seen[key] = len(images)
			images = append(images, im)
		}
		return nil
	})
	return images, incomplete, err
}

// A manifest is the manifest of an image, with the digests that it refers to.
type manifest struct {
	Manifests []struct {
		Digest string `json:"digest"`
	} `json:"manifests"`
	Subject struct {
		Digest string `json:"digest"`
	} `json:"subject"`
}

// parseManifests reads the output of one or more `aws ecr batch-get-image`, and returns manifests by image digest.
func parseManifests(text string) (map[string]manifest, error) {
	manifests := map[string]manifest{}
	err := documents(text, func(raw json.RawMessage) error {
		var d struct {
			Images []struct {
				ImageID struct {
					ImageDigest string `json:"imageDigest"`
				} `json:"imageId"`
				ImageManifest string `json:"imageManifest"`
			} `json:"images"`
		}
		if err := json.Unmarshal(raw, &d); err != nil {
			return err
		}
		if d.Images == nil {
			return errors.New("there are no images; give what `aws ecr batch-get-image --output json` prints")
		}
		for _, im := range d.Images {
			var m manifest
			if err := json.Unmarshal([]byte(im.ImageManifest), &m); err != nil {
				return fmt.Errorf("the manifest of image %s is not JSON: %w", im.ImageID.ImageDigest, err)
			}
			manifests[im.ImageID.ImageDigest] = m
		}
		return nil
	})
	return manifests, err
}

// link sets the children and subjects of images from their manifests.
func link(images []Image, manifests map[string]manifest) {
	for i := range images {
		im := &images[i]
		m, ok := manifests[im.Digest]
		if !ok {
			continue
		}
		im.Listed = true
		for _, c := range m.Manifests {
			im.Children = append(im.Children, c.Digest)
		}
		if m.Subject.Digest != "" {
			im.Subject = m.Subject.Digest
		}
	}
}

// documents calls read for each JSON document of a text, or for each item of a document that is a list.
func documents(text string, read func(json.RawMessage) error) error {
	d := json.NewDecoder(strings.NewReader(text))
	for n := 0; ; n++ {
		var raw json.RawMessage
		if err := d.Decode(&raw); errors.Is(err, io.EOF) {
			if n == 0 {
				return errors.New("it is empty")
			}
			return nil
		} else if err != nil {
			return fmt.Errorf("not JSON: %w", err)
		}
		items := []json.RawMessage{raw}
		if bytes.HasPrefix(raw, []byte("[")) {
			items = nil
			if err := json.Unmarshal(raw, &items); err != nil {
				return fmt.Errorf("not JSON: %w", err)
			}
		}
		for _, item := range items {
			if err := read(item); err != nil {
				return err
			}
		}
	}
}
