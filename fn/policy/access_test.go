package policy

import (
	"testing"

	"github.com/ontopix/crossplane-ecr/apis/v1alpha1"
	"github.com/ontopix/crossplane-ecr/internal/iam"
)

func parse(t *testing.T, kind iam.Kind, text string) *iam.Document {
	t.Helper()
	d, err := iam.Parse(kind, text)
	if err != nil {
		t.Fatalf("Parse(...): %v\n%s", err, text)
	}
	return d
}

func TestWhoPulls(t *testing.T) {
	const repository = "arn:aws:ecr:eu-west-1:" + account + ":repository/shop/api"
	const stranger = "777788889999"
	role := func(account string) iam.Principal {
		return iam.RoleSession("arn:aws:iam::"+account+":role/deploy", "s")
	}
	inOrg := iam.Context{"aws:PrincipalOrgID": {org}}
	fromLambda := func(region, account string) iam.Context {
		return iam.Context{"aws:SourceArn": {"arn:aws:lambda:" + region + ":" + account + ":function:f"}}
	}
	byAccount := &v1alpha1.Pull{Accounts: []string{other}}
	byOrganization := &v1alpha1.Pull{OrganizationIDs: []string{org}}
	byRole := &v1alpha1.Pull{Principals: []string{"arn:aws:iam::" + other + ":role/deploy"}}
	byLambda := &v1alpha1.Pull{Accounts: []string{other}, Lambda: new(true)}
	cases := map[string]struct {
		reason  string
		pull    *v1alpha1.Pull
		who     iam.Principal
		context iam.Context
		action  string
		want    bool
	}{
		"Account":          {reason: "An account that is named.", pull: byAccount, who: role(other), action: "ecr:BatchGetImage", want: true},
		"AccountPush":      {reason: "An account that may pull may not push.", pull: byAccount, who: role(other), action: "ecr:PutImage"},
		"AccountPolicy":    {reason: "Nor may it change the policy.", pull: byAccount, who: role(other), action: "ecr:SetRepositoryPolicy"},
		"Stranger":         {reason: "An account that is not named.", pull: byAccount, who: role(stranger), action: "ecr:BatchGetImage"},
		"Organization":     {reason: "A principal of the organisation.", pull: byOrganization, who: role(stranger), context: inOrg, action: "ecr:BatchGetImage", want: true},
		"NoOrganization":   {reason: "A principal of no organisation.", pull: byOrganization, who: role(stranger), action: "ecr:BatchGetImage"},
		"OtherOrg":         {reason: "A principal of another organisation.", pull: byOrganization, who: role(stranger), context: iam.Context{"aws:PrincipalOrgID": {"o-abcdefghik"}}, action: "ecr:BatchGetImage"},
		"Anonymous":        {reason: "An anonymous caller.", pull: byOrganization, who: iam.Anonymous(), action: "ecr:BatchGetImage"},
		"Role":             {reason: "The role that is named.", pull: byRole, who: role(other), action: "ecr:BatchGetImage", want: true},
		"OtherRole":        {reason: "Another role of its account.", pull: byRole, who: iam.RoleSession("arn:aws:iam::"+other+":role/build", "s"), action: "ecr:BatchGetImage"},
		"Lambda":           {reason: "Lambda, for a function of the account.", pull: byLambda, who: iam.Service("lambda.amazonaws.com"), context: fromLambda("eu-west-1", other), action: "ecr:BatchGetImage", want: true},
		"LambdaLists":      {reason: "Lambda may not list images, since it need not.", pull: byLambda, who: iam.Service("lambda.amazonaws.com"), context: fromLambda("eu-west-1", other), action: "ecr:ListImages"},
		"LambdaStranger":   {reason: "Lambda, for a function of an account that is not named.", pull: byLambda, who: iam.Service("lambda.amazonaws.com"), context: fromLambda("eu-west-1", stranger), action: "ecr:BatchGetImage"},
		"LambdaRegion":     {reason: "Lambda pulls within its region.", pull: byLambda, who: iam.Service("lambda.amazonaws.com"), context: fromLambda("eu-west-2", other), action: "ecr:BatchGetImage"},
		"LambdaNoFunction": {reason: "Lambda, for no function.", pull: byLambda, who: iam.Service("lambda.amazonaws.com"), action: "ecr:BatchGetImage"},
		"OtherService":     {reason: "Another service.", pull: byLambda, who: iam.Service("ec2.amazonaws.com"), context: fromLambda("eu-west-1", other), action: "ecr:BatchGetImage"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			d := parse(t, iam.RepositoryPolicy, RepositoryPull("aws", "eu-west-1", tc.pull))
			got, err := iam.EvaluateOne(d, iam.Request{Action: tc.action, Resource: repository, Principal: tc.who, Context: tc.context})
			if err != nil {
				t.Fatal(err)
			}
			if got.Allowed() != tc.want {
				t.Errorf("%s\nwant %t, got %v", tc.reason, tc.want, got)
			}
		})
	}
}
