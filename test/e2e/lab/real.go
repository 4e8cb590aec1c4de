package lab

import (
	"cmp"
	"context"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// A RealProvider is provider-aws itself, as binaries that the environment names:
//
//	PROVIDER_ECR, PROVIDER_IAM                the binaries of the two families
//	AWS_ENDPOINT_URL                          an emulator; AWS itself if it is not set
//	AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY  credentials ("test" with an emulator)
//	AWS_SESSION_TOKEN                         if they are temporary
type RealProvider struct {
	binaries map[string]string
	programs []*plane.Program
}

// realProvider returns what the environment names; nil if that is nothing.
func realProvider() (*RealProvider, error) {
	ecr, iam := os.Getenv("PROVIDER_ECR"), os.Getenv("PROVIDER_IAM")
	if ecr == "" && iam == "" {
		return nil, nil
	}
	if ecr == "" || iam == "" {
		return nil, fmt.Errorf("PROVIDER_ECR and PROVIDER_IAM go together")
	}
	return &RealProvider{binaries: map[string]string{ecrFamily: ecr, "provider-iam": iam}}, nil
}

// ecrFamily is the name of the program that serves the ECR family.
const ecrFamily = "provider-ecr"

// start starts both families, installs their kinds, for which they wait, and configures them.
func (r *RealProvider) start(ctx context.Context, p *plane.Plane) error {
	var webhook string
	for name, bin := range r.binaries {
		program, err := p.StartProvider(ctx, name, bin)
		if err != nil {
			return err
		}
		r.programs = append(r.programs, program)
		if name == ecrFamily {
			webhook = program.Webhook // IAM has no kind of several versions
		}
	}
	if err := p.InstallProviderCRDs(ctx, webhook); err != nil {
		return err
	}
	secret := &unstructured.Unstructured{Object: map[string]any{"stringData": map[string]any{"credentials": credentials()}}}
	secret.SetAPIVersion("v1")
	secret.SetKind("Secret")
	secret.SetNamespace("crossplane-system")
	secret.SetName("aws")
	return p.Apply(ctx, append(providerConfigs("default", r.config()), secret)...)
}

// config returns the spec of a provider config.
func (r *RealProvider) config() map[string]any {
	spec := map[string]any{
		"credentials": map[string]any{
			"source":    "Secret",
			"secretRef": map[string]any{"namespace": "crossplane-system", "name": "aws", "key": "credentials"},
		},
	}
	if url := os.Getenv("AWS_ENDPOINT_URL"); url != "" {
		spec["endpoint"] = map[string]any{
			"hostnameImmutable": true,
			"services":          []any{"ecr", "iam", "sts"},
			"url":               map[string]any{"type": "Static", "static": url},
		}
		spec["skip_credentials_validation"] = true
		spec["skip_metadata_api_check"] = true
		spec["skip_region_validation"] = true
	}
	return spec
}

// credentials returns the environment's credentials in the form of AWS's shared file.
func credentials() string {
	ini := fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n",
		cmp.Or(os.Getenv("AWS_ACCESS_KEY_ID"), "test"), cmp.Or(os.Getenv("AWS_SECRET_ACCESS_KEY"), "test"))
	if token := os.Getenv("AWS_SESSION_TOKEN"); token != "" {
		ini += "aws_session_token = " + token + "\n"
	}
	return ini
}

// restart kills both families and starts them again.
func (r *RealProvider) restart(ctx context.Context, p *plane.Plane) error {
	r.stop()
	return r.start(ctx, p)
}

func (r *RealProvider) stop() {
	if r == nil {
		return
	}
	for _, program := range r.programs {
		program.Kill()
	}
	r.programs = nil
}
