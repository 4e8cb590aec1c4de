// Package baseline is a hand-written function with which the product is compared, for one shape of project registry. It
// builds the same resources and status as protobuf structs and validates nothing. Package proto reads and writes its
// messages, as those of any function. A test compares its answers with the function's.
package baseline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

// A Function is the baseline.
type Function struct {
	fnv1.UnimplementedFunctionRunnerServiceServer
}

// InternalError answers a request that the baseline failed on.
func (*Function) InternalError(_ *fnv1.RunFunctionRequest, message string) *fnv1.RunFunctionResponse {
	return &fnv1.RunFunctionResponse{Results: []*fnv1.Result{{Severity: fnv1.Severity_SEVERITY_FATAL, Message: message}}}
}

// RunFunction answers a request.
func (*Function) RunFunction(_ context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	xr := req.GetObserved().GetComposite().GetResource().GetFields()
	spec := xr["spec"].GetStructValue().GetFields()
	in := req.GetInput().GetFields()
	project := spec["claimRef"].GetStructValue().GetFields()["namespace"].GetStringValue()
	region := in["region"].GetStringValue()
	owner := in["defaults"].GetStructValue().GetFields()["tags"].GetStructValue().GetFields()["owner"].GetStringValue()
	team := spec["defaults"].GetStructValue().GetFields()["tags"].GetStructValue().GetFields()["team"].GetStringValue()
	untagged := in["defaults"].GetStructValue().GetFields()["lifecycle"].GetStructValue().GetFields()["untaggedExpiryDays"].GetNumberValue()
	images := spec["images"].GetListValue().GetValues()

	observed := req.GetObserved().GetResources()
	desired := make(map[string]*fnv1.Resource, 2*len(images))
	repositories := make([]*structpb.Value, 0, len(images))
	requirements := &fnv1.Requirements{Resources: map[string]*fnv1.ResourceSelector{}, ExtraResources: map[string]*fnv1.ResourceSelector{}}
	ready, registry := true, ""
	for i, v := range images {
		img := v.GetStructValue().GetFields()
		image := img["name"].GetStringValue()
		keep, layer := 30.0, "input.defaults"
		if l, ok := img["lifecycle"]; ok {
			keep, layer = l.GetStructValue().GetFields()["keepImages"].GetNumberValue(), "spec.images["+strconv.Itoa(i)+"]"
		}
		name := project + "/" + image
		object := strings.ReplaceAll(name, "/", "-") + "-" + hash(10, "default\n"+region+"\n"+name)
		label := hash(10, region+"\n"+name)
		text := `{"rules":[{"rulePriority":1,"description":"expire untagged images after ` + strconv.Itoa(int(untagged)) + ` days","selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":` + strconv.Itoa(int(untagged)) + `},"action":{"type":"expire"}},{"rulePriority":2,"description":"keep the newest ` + strconv.Itoa(int(keep)) + ` tagged images","selection":{"tagStatus":"tagged","tagPatternList":["*"],"countType":"imageCountMoreThan","countNumber":` + strconv.Itoa(int(keep)) + `},"action":{"type":"expire"}}]}`
		sum := hash(8, text)

		repositoryKey, lifecycleKey := "repository/"+image, "lifecycle/"+image+"/"+sum
		repository, uri, arn := look(observed[repositoryKey])
		lifecycle, _, _ := look(observed[lifecycleKey])
		if observed[repositoryKey] == nil {
			s := &fnv1.ResourceSelector{ApiVersion: "ecr.aws.upbound.io/v1beta2", Kind: "Repository", Match: &fnv1.ResourceSelector_MatchName{MatchName: object}}
			requirements.Resources[repositoryKey], requirements.ExtraResources[repositoryKey] = s, s //nolint:staticcheck // as the function does
		}
		desired[repositoryKey] = &fnv1.Resource{Ready: fnv1.Ready_READY_TRUE, Resource: &structpb.Struct{Fields: map[string]*structpb.Value{
			"apiVersion": str("ecr.aws.upbound.io/v1beta2"),
			"kind":       str("Repository"),
			"metadata": obj(map[string]*structpb.Value{
				"name":        str(object),
				"annotations": obj(map[string]*structpb.Value{"crossplane.io/external-name": str(name)}),
				"labels":      obj(map[string]*structpb.Value{"ecr.ontopix.io/repository": str(label)}),
			}),
			"spec": obj(map[string]*structpb.Value{
				"managementPolicies": list(str("Observe"), str("Create"), str("Update")),
				"providerConfigRef":  obj(map[string]*structpb.Value{"name": str("default")}),
				"forProvider": obj(map[string]*structpb.Value{
					"region":                     str(region),
					"imageTagMutability":         str("IMMUTABLE"),
					"imageScanningConfiguration": obj(map[string]*structpb.Value{"scanOnPush": structpb.NewBoolValue(true)}),
					"encryptionConfiguration":    list(obj(map[string]*structpb.Value{"encryptionType": str("AES256")})),
					"tags": obj(map[string]*structpb.Value{
						"owner": str(owner), "team": str(team), "project": str(project), "image": str(image), "managed-by": str("crossplane"),
					}),
				}),
			}),
		}}}
		desired[lifecycleKey] = &fnv1.Resource{Ready: fnv1.Ready_READY_TRUE, Resource: &structpb.Struct{Fields: map[string]*structpb.Value{
			"apiVersion": str("ecr.aws.upbound.io/v1beta1"),
			"kind":       str("LifecyclePolicy"),
			"metadata":   obj(map[string]*structpb.Value{"name": str(object + "-" + sum)}),
			"spec": obj(map[string]*structpb.Value{
				"managementPolicies": list(str("Observe"), str("Create"), str("Update"), str("LateInitialize")),
				"providerConfigRef":  obj(map[string]*structpb.Value{"name": str("default")}),
				"forProvider": obj(map[string]*structpb.Value{
					"region":     str(region),
					"policy":     str(text),
					"repository": str(name),
				}),
			}),
		}}}

		both := repository == fnv1.Ready_READY_TRUE && lifecycle == fnv1.Ready_READY_TRUE
		ready = ready && both
		status := map[string]*structpb.Value{
			"image": str(image), "name": str(name), "ready": structpb.NewBoolValue(both),
			"settings": obj(map[string]*structpb.Value{
				"imageTagMutability": str("IMMUTABLE"), "scanOnPush": structpb.NewBoolValue(true), "encryptionType": str("AES256"), "deletionPolicy": str("Orphan"),
				"lifecycle": obj(map[string]*structpb.Value{"untaggedExpiryDays": structpb.NewNumberValue(untagged), "keepImages": structpb.NewNumberValue(keep), "layer": str(layer)}),
			}),
		}
		if arn != "" {
			status["uri"], status["arn"] = str(uri), str(arn)
			registry, _, _ = strings.Cut(uri, "/")
		}
		repositories = append(repositories, obj(status))
	}

	status := map[string]*structpb.Value{
		"project": str(project), "namespace": str(project), "region": str(region), "providerConfig": str("default"),
		"repositoryCount": structpb.NewNumberValue(float64(len(images))),
		"repositories":    structpb.NewListValue(&structpb.ListValue{Values: repositories}),
	}
	connection := map[string][]byte{"region": []byte(region)}
	if registry != "" {
		status["registry"], connection["registry"] = str(registry), []byte(registry)
	}
	// Every composed resource counts as ready: only the composite resource says that one is not.
	ttl, self := time.Minute, fnv1.Ready_READY_FALSE
	if ready {
		ttl, self = 10*time.Minute, fnv1.Ready_READY_UNSPECIFIED
	}
	if len(requirements.GetResources()) == 0 {
		requirements = nil
	}
	target := fnv1.Target_TARGET_COMPOSITE_AND_CLAIM
	return &fnv1.RunFunctionResponse{
		Meta:         &fnv1.ResponseMeta{Tag: req.GetMeta().GetTag(), Ttl: durationpb.New(ttl)},
		Requirements: requirements,
		Conditions: []*fnv1.Condition{
			{Type: "Valid", Status: fnv1.Status_STATUS_CONDITION_TRUE, Reason: "Valid", Target: &target},
			{Type: "Compliant", Status: fnv1.Status_STATUS_CONDITION_TRUE, Reason: "Compliant", Target: &target},
			{Type: "Stalled", Status: fnv1.Status_STATUS_CONDITION_FALSE, Reason: "Valid", Target: &target},
		},
		Desired: &fnv1.State{
			Composite: &fnv1.Resource{Ready: self, ConnectionDetails: connection, Resource: &structpb.Struct{Fields: map[string]*structpb.Value{
				"apiVersion": xr["apiVersion"], "kind": xr["kind"], "status": obj(status),
			}}},
			Resources: desired,
		},
	}, nil
}

// look returns the readiness of an observed resource, and a repository's URI and ARN.
func look(r *fnv1.Resource) (ready fnv1.Ready, uri, arn string) {
	status := r.GetResource().GetFields()["status"].GetStructValue().GetFields()
	at := status["atProvider"].GetStructValue().GetFields()
	uri, arn = at["repositoryUrl"].GetStringValue(), at["arn"].GetStringValue()
	ready = fnv1.Ready_READY_FALSE
	for _, v := range status["conditions"].GetListValue().GetValues() {
		c := v.GetStructValue().GetFields()
		switch c["type"].GetStringValue() + c["status"].GetStringValue() {
		case "ReadyTrue":
			ready = fnv1.Ready_READY_TRUE
		case "SyncedFalse":
			return fnv1.Ready_READY_FALSE, uri, arn
		}
	}
	return ready, uri, arn
}

func hash(n int, s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])[:n]
}

func str(s string) *structpb.Value { return structpb.NewStringValue(s) }

func obj(f map[string]*structpb.Value) *structpb.Value {
	return structpb.NewStructValue(&structpb.Struct{Fields: f})
}

func list(v ...*structpb.Value) *structpb.Value {
	return structpb.NewListValue(&structpb.ListValue{Values: v})
}
