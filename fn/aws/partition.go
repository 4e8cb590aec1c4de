package aws

import (
	"regexp"
	"slices"
	"strings"
)

// Partitions that code refers to by name. The table below has all partitions.
const (
	PartitionStandard = "aws"
	PartitionChina    = "aws-cn"
)

// A partition is a part of AWS that shares no accounts and no ARNs with other partitions.
type partition struct {
	name    string
	domain  string         // DNS suffix of the hosts in its regions
	regions *regexp.Regexp // matches the names of its regions
	known   []string       // regions that this version knows
}

// partitions are the partitions of AWS, as its SDKs have them.
// https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json
var partitions = []partition{
	{PartitionStandard, "amazonaws.com", regexp.MustCompile(`^(af|ap|ca|eu|il|me|mx|sa|us)-[a-z]+-[0-9]+$`), []string{
		"af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2",
		"ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
		"ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2",
		"eu-west-3", "il-central-1", "me-central-1", "me-south-1", "me-west-1", "mx-central-1", "sa-east-1", "sa-west-1", "us-east-1",
		"us-east-2", "us-west-1", "us-west-2",
	}},
	{PartitionChina, "amazonaws.com.cn", regexp.MustCompile(`^cn-[a-z]+-[0-9]+$`), []string{"cn-north-1", "cn-northwest-1"}},
	{"aws-us-gov", "amazonaws.com", regexp.MustCompile(`^us-gov-[a-z]+-[0-9]+$`), []string{"us-gov-east-1", "us-gov-west-1"}},
	{"aws-eusc", "amazonaws.eu", regexp.MustCompile(`^eusc-[a-z]+-[a-z]+-[0-9]+$`), []string{"eusc-de-east-1"}},
	{"aws-iso", "c2s.ic.gov", regexp.MustCompile(`^us-iso-[a-z]+-[0-9]+$`), []string{"us-iso-east-1", "us-iso-west-1"}},
	{"aws-iso-b", "sc2s.sgov.gov", regexp.MustCompile(`^us-isob-[a-z]+-[0-9]+$`), []string{"us-isob-east-1", "us-isob-west-1"}},
	{"aws-iso-e", "cloud.adc-e.uk", regexp.MustCompile(`^eu-isoe-[a-z]+-[0-9]+$`), []string{"eu-isoe-west-1"}},
	{"aws-iso-f", "csp.hci.ic.gov", regexp.MustCompile(`^us-isof-[a-z]+-[0-9]+$`), []string{"us-isof-east-1", "us-isof-south-1"}},
}

// Partitions returns the names of all partitions.
func Partitions() []string {
	names := make([]string, len(partitions))
	for i := range partitions {
		names[i] = partitions[i].name
	}
	return names
}

// partitionOf returns the partition that a region is in; nil if no partition has regions of such a name.
func partitionOf(region string) *partition {
	for i := range partitions {
		if partitions[i].regions.MatchString(region) {
			return &partitions[i]
		}
	}
	return nil
}

// Partition returns the name of the partition that a region is in; "" if no partition has regions of such a name.
func Partition(region string) string {
	if p := partitionOf(region); p != nil {
		return p.name
	}
	return ""
}

// regionName matches what can be the name of a region.
var regionName = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]+$`)

// RegionFault returns the rule of AWS that the name of a region breaks, or "".
func RegionFault(region string) string {
	switch {
	case len(region) > 32 || !regionName.MatchString(region):
		return "must be the name of a region, e.g. eu-west-1"
	case partitionOf(region) == nil:
		return "must be a region of one of AWS's partitions, which are " + strings.Join(Partitions(), ", ") + ": none has regions of such a name"
	}
	return ""
}

// IsRegion reports whether s can be the name of a region.
func IsRegion(s string) bool { return RegionFault(s) == "" }

// RegionAdvice returns advice on the name of a region that breaks no rule but is unknown, or "".
func RegionAdvice(region string) string {
	p := partitionOf(region)
	if p == nil || slices.Contains(p.known, region) {
		return ""
	}
	return "this version knows no region " + region + " of partition " + p.name + ", whose regions are " +
		strings.Join(p.known, ", ") + ": check the spelling"
}

// RegistryHost returns the host of an account's registry in a region.
// https://docs.aws.amazon.com/general/latest/gr/ecr.html
func RegistryHost(account, region string) string {
	p := partitionOf(region)
	if p == nil {
		return ""
	}
	return account + ".dkr.ecr." + region + "." + p.domain
}
