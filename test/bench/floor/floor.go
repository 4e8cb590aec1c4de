// Package floor is the function with which the product is compared on a control plane. It is written by hand, renders
// the same resources for a list of images, and checks nothing. It requires no objects, sets no conditions, and renders
// a lifecycle policy by name, once its repository is ready. docs/scale.md has the ratios.
package floor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/response"
)

// A Function is the floor.
type Function struct {
	fnv1.UnimplementedFunctionRunnerServiceServer
}

// InternalError answers a request that the floor failed on.
func (*Function) InternalError(req *fnv1.RunFunctionRequest, message string) *fnv1.RunFunctionResponse {
	rsp := response.To(req, response.DefaultTTL)
	response.Fatal(rsp, fmt.Errorf("%s", message))
	return rsp
}

// A registry is a composite resource, with what its generation's composed resources need.
type registry struct {
	project, region string
	group, version  string // of a Repository
	config          map[string]any
}

// RunFunction answers a request.
func (*Function) RunFunction(_ context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	xr := req.GetObserved().GetComposite().GetResource().AsMap()
	r := registry{group: "ecr.aws.upbound.io", version: "v1beta2", config: map[string]any{"name": "default"}}
	r.project, r.region = text(xr, "spec", "claimRef", "namespace"), text(xr, "spec", "region")
	namespaced := r.project == ""
	if namespaced {
		r.project = text(xr, "metadata", "namespace")
		r.group, r.version = "ecr.aws.m.upbound.io", "v1beta1"
		r.config["kind"] = "ClusterProviderConfig"
	}

	desired := map[string]*fnv1.Resource{}
	images, _ := at(xr, "spec", "images").([]any)
	repositories := make([]any, 0, len(images))
	host := ""
	for _, i := range images {
		image := text(i, "name")
		key := "repository/" + image
		repository := req.GetObserved().GetResources()[key]
		desired[key] = resource(r.repository(image), ready(repository))
		status := map[string]any{"image": image, "name": r.project + "/" + image}
		if arn := text(repository.GetResource().AsMap(), "status", "atProvider", "arn"); arn != "" {
			status["arn"] = arn
			status["uri"] = text(repository.GetResource().AsMap(), "status", "atProvider", "repositoryUrl")
			host, _, _ = strings.Cut(status["uri"].(string), "/")
		}
		policy := policyText(at(i, "lifecycle", "keepImages"))
		key = "lifecycle/" + image + "/" + hash(policy) // the provider cannot change a policy in place
		lifecycle := req.GetObserved().GetResources()[key]
		if ready(repository) || lifecycle != nil {
			desired[key] = resource(r.lifecycle(image, policy), ready(lifecycle))
		}
		repositories = append(repositories, status)
	}

	status := map[string]any{"project": r.project, "region": r.region, "repositories": repositories}
	composite := &fnv1.Resource{}
	settled := 2*len(images) == len(desired)
	for _, d := range desired {
		settled = settled && d.GetReady() == fnv1.Ready_READY_TRUE
	}
	if !settled {
		composite.Ready = fnv1.Ready_READY_FALSE
	}
	if host != "" {
		status["registry"] = host
		if namespaced {
			desired["connection"] = resource(map[string]any{
				"apiVersion": "v1", "kind": "ConfigMap",
				"metadata": map[string]any{"name": text(xr, "metadata", "name") + "-ecr"},
				"data":     map[string]any{"registry": host, "region": r.region},
			}, true)
		} else {
			composite.ConnectionDetails = map[string][]byte{"registry": []byte(host), "region": []byte(r.region)}
		}
	}
	composite.Resource = object(map[string]any{"apiVersion": xr["apiVersion"], "kind": xr["kind"], "status": status})

	ttl, err := time.ParseDuration(req.GetInput().GetFields()["ttl"].GetStringValue())
	if err != nil || !settled {
		ttl = response.DefaultTTL
	}
	return &fnv1.RunFunctionResponse{
		Meta:    &fnv1.ResponseMeta{Tag: req.GetMeta().GetTag(), Ttl: durationpb.New(ttl)},
		Desired: &fnv1.State{Composite: composite, Resources: desired},
	}, nil
}

// repository returns the Repository of an image.
func (r registry) repository(image string) map[string]any {
	name := r.project + "/" + image
	return map[string]any{
		"apiVersion": r.group + "/" + r.version,
		"kind":       "Repository",
		"metadata": map[string]any{
			"name":        r.objectName(image),
			"annotations": map[string]any{"crossplane.io/external-name": name},
		},
		"spec": map[string]any{
			"managementPolicies": []any{"Observe", "Create", "Update"},
			"providerConfigRef":  r.config,
			"forProvider": map[string]any{
				"region":                     r.region,
				"imageTagMutability":         "IMMUTABLE",
				"imageScanningConfiguration": map[string]any{"scanOnPush": true},
				"encryptionConfiguration":    []any{map[string]any{"encryptionType": "AES256"}},
				"tags":                       map[string]any{"project": r.project, "image": image, "managed-by": "crossplane"},
			},
		},
	}
}

// lifecycle returns the LifecyclePolicy of an image.
func (r registry) lifecycle(image, policy string) map[string]any {
	return map[string]any{
		"apiVersion": r.group + "/v1beta1",
		"kind":       "LifecyclePolicy",
		"metadata":   map[string]any{"name": r.objectName(image) + "-" + hash(policy)},
		"spec": map[string]any{
			"managementPolicies": []any{"Observe", "Create", "Update", "LateInitialize"},
			"providerConfigRef":  r.config,
			"forProvider": map[string]any{
				"region":     r.region,
				"repository": r.project + "/" + image,
				"policy":     policy,
			},
		},
	}
}

// policyText returns a lifecycle policy that keeps a number of images.
func policyText(keep any) string {
	if keep == nil {
		keep = 30.0
	}
	return fmt.Sprintf(`{"rules":[`+
		`{"rulePriority":1,"description":"expire untagged images after 14 days","selection":{"tagStatus":"untagged",`+
		`"countType":"sinceImagePushed","countUnit":"days","countNumber":14},"action":{"type":"expire"}},`+
		`{"rulePriority":2,"description":"keep the newest %[1]v tagged images","selection":{"tagStatus":"tagged",`+
		`"tagPatternList":["*"],"countType":"imageCountMoreThan","countNumber":%[1]v},"action":{"type":"expire"}}]}`, keep)
}

func (r registry) objectName(image string) string {
	return r.project + "-" + image + "-" + hash(r.region+"/"+r.project+"/"+image)
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:4])
}

func resource(o map[string]any, ready bool) *fnv1.Resource {
	r := &fnv1.Resource{Resource: object(o), Ready: fnv1.Ready_READY_FALSE}
	if ready {
		r.Ready = fnv1.Ready_READY_TRUE
	}
	return r
}

// object encodes a map of JSON values.
func object(o map[string]any) *structpb.Struct {
	s, err := structpb.NewStruct(o)
	if err != nil {
		panic(err)
	}
	return s
}

// ready reports whether an observed resource is Ready.
func ready(r *fnv1.Resource) bool {
	conditions, _ := at(r.GetResource().AsMap(), "status", "conditions").([]any)
	for _, c := range conditions {
		if text(c, "type") == "Ready" {
			return text(c, "status") == "True"
		}
	}
	return false
}

// at returns the value at a path, or nil.
func at(v any, path ...string) any {
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

func text(v any, path ...string) string {
	s, _ := at(v, path...).(string)
	return s
}
