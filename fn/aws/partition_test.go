package aws

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRegions(t *testing.T) {
	cases := map[string]struct {
		reason, region string
		partition      string
		host           string
		fault, advice  string // part of the text; "" for none
	}{
		"Standard":  {reason: "Most regions.", region: "eu-west-1", partition: "aws", host: "111122223333.dkr.ecr.eu-west-1.amazonaws.com"},
		"China":     {reason: "China has a domain of its own.", region: "cn-north-1", partition: "aws-cn", host: "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn"},
		"GovCloud":  {reason: "GovCloud has the standard domain.", region: "us-gov-west-1", partition: "aws-us-gov", host: "111122223333.dkr.ecr.us-gov-west-1.amazonaws.com"},
		"Sovereign": {reason: "The European Sovereign Cloud.", region: "eusc-de-east-1", partition: "aws-eusc", host: "111122223333.dkr.ecr.eusc-de-east-1.amazonaws.eu"},
		"Iso":       {reason: "An isolated partition.", region: "us-iso-east-1", partition: "aws-iso", host: "111122223333.dkr.ecr.us-iso-east-1.c2s.ic.gov"},
		"IsoB":      {reason: "An isolated partition.", region: "us-isob-east-1", partition: "aws-iso-b", host: "111122223333.dkr.ecr.us-isob-east-1.sc2s.sgov.gov"},
		"IsoE":      {reason: "An isolated partition.", region: "eu-isoe-west-1", partition: "aws-iso-e", host: "111122223333.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk"},
		"IsoF":      {reason: "An isolated partition.", region: "us-isof-south-1", partition: "aws-iso-f", host: "111122223333.dkr.ecr.us-isof-south-1.csp.hci.ic.gov"},
		"Newer":     {reason: "A region may be newer than this version.", region: "eu-west-9", partition: "aws", host: "111122223333.dkr.ecr.eu-west-9.amazonaws.com", advice: "knows no region eu-west-9 of partition aws"},
		"Nowhere":   {reason: "No partition has such a region, so no ARN can be right.", region: "mars-north-1", fault: "aws-iso-f: none has regions of such a name"},
		"Isolated":  {reason: "No partition has a region like this either.", region: "us-isox-east-1", fault: "none has regions of such a name"},
		"Zone":      {reason: "An availability zone is not a region.", region: "eu-west-1a", fault: "must be the name of a region"},
		"LineFeed":  {reason: "A line feed does not end a name.", region: "eu-west-1\n", fault: "must be the name of a region"},
		"Empty":     {reason: "An empty name is none.", fault: "must be the name of a region"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff([]string{tc.partition, tc.host}, []string{Partition(tc.region), RegistryHost("111122223333", tc.region)}); diff != "" {
				t.Errorf("%s\nPartition and RegistryHost of %q: -want, +got:\n%s", tc.reason, tc.region, diff)
			}
			for what, text := range map[string][2]string{"RegionFault": {RegionFault(tc.region), tc.fault}, "RegionAdvice": {RegionAdvice(tc.region), tc.advice}} {
				if got, want := text[0], text[1]; (got == "") != (want == "") || !strings.Contains(got, want) {
					t.Errorf("%s\n%s(%q): want %q, got %q", tc.reason, what, tc.region, want, got)
				}
			}
		})
	}
}

// TestKnownRegions shows that each known region matches its own partition, and no other.
func TestKnownRegions(t *testing.T) {
	for _, p := range partitions {
		for _, region := range p.known {
			for _, q := range partitions {
				if got, want := q.regions.MatchString(region), q.name == p.name; got != want {
					t.Errorf("%s is a region of %s: got %t, want %t", region, q.name, got, want)
				}
			}
		}
	}
}
