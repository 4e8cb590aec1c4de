// Command xr prints the composite resource that Crossplane makes of a claim: what
// `crossplane render` takes.
package main

import (
	"fmt"
	"os"

	"github.com/alecthomas/kong"

	"github.com/ontopix/crossplane-ecr/internal/xr"
	"github.com/ontopix/crossplane-ecr/test/render/manifest"
)

type cli struct {
	Claim string `arg:"" help:"File with the claim." type:"existingfile"`
}

// Run prints the XR of the claim.
func (c *cli) Run() error {
	claim, err := manifest.ReadOne(c.Claim)
	if err != nil {
		return err
	}
	u, err := xr.FromClaim(claim)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Claim, err)
	}
	return manifest.Write(os.Stdout, u)
}

func main() {
	ctx := kong.Parse(&cli{}, kong.Name("xr"), kong.Description("Print the composite resource that Crossplane makes of a claim."))
	ctx.FatalIfErrorf(ctx.Run())
}
