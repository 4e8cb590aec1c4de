package lab

import (
	"cmp"
	"context"
	"fmt"
	"os"

	"github.com/ontopix/crossplane-ecr/test/e2e/plane"
)

// A realProvider is provider-aws itself, run from binaries that environment variables name:
//
//	PROVIDER_ECR, PROVIDER_IAM                the binaries of the two families
//	AWS_ENDPOINT_URL                          an emulator; if unset, AWS itself
//	AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY  credentials ("test" with an emulator)
//	AWS_SESSION_TOKEN                         for temporary credentials
type realProvider struct {
	ecr, iam  string // the binaries
	processes []*plane.Process
}

// newRealProvider returns the provider that the environment names, or nil if it names none.
func newRealProvider() (*realProvider, error) {
	r := &realProvider{ecr: os.Getenv("PROVIDER_ECR"), iam: os.Getenv("PROVIDER_IAM")}
	if r.ecr == "" && r.iam == "" {
		return nil, nil
	}
	if r.ecr == "" || r.iam == "" {
		return nil, fmt.Errorf("PROVIDER_ECR and PROVIDER_IAM go together")
	}
	return r, nil
}

// start starts both families, installs the CRDs that they wait for, and configures their credentials.
func (r *realProvider) start(ctx context.Context, p *plane.Plane) error {
	ecr, webhook, err := p.StartProvider(ctx, "provider-ecr", r.ecr)
	if err != nil {
		return err
	}
	iam, _, err := p.StartProvider(ctx, "provider-iam", r.iam) // no kind of IAM has several versions
	if err != nil {
		return err
	}
	r.processes = []*plane.Process{ecr, iam}
	if err := p.InstallProviderCRDs(ctx, webhook); err != nil {
		return err
	}
	credentials := fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\naws_session_token = %s\n",
		cmp.Or(os.Getenv("AWS_ACCESS_KEY_ID"), "test"), cmp.Or(os.Getenv("AWS_SECRET_ACCESS_KEY"), "test"), os.Getenv("AWS_SESSION_TOKEN"))
	err = p.Applyf(ctx, "{apiVersion: v1, kind: Secret, metadata: {namespace: %s, name: aws}, stringData: {credentials: %q}}",
		plane.SystemNamespace, credentials)
	if err != nil {
		return err
	}
	emulator := ""
	if url := os.Getenv("AWS_ENDPOINT_URL"); url != "" {
		emulator = fmt.Sprintf(`
  endpoint: {hostnameImmutable: true, services: [ecr, iam, sts], url: {type: Static, static: %q}},
  skip_credentials_validation: true, skip_metadata_api_check: true, skip_region_validation: true,`, url)
	}
	return p.Applyf(ctx, ProviderConfigs, fmt.Sprintf(`{%s
  credentials: {source: Secret, secretRef: {namespace: %s, name: aws, key: credentials}}}`, emulator, plane.SystemNamespace))
}

// restart kills both families and starts them again.
func (r *realProvider) restart(ctx context.Context, p *plane.Plane) error {
	for _, g := range r.processes {
		g.Kill()
	}
	return r.start(ctx, p)
}
