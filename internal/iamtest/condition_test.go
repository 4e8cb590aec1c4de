package iamtest

import "testing"

// evalCondition decides one Condition element over a context.
func evalCondition(t *testing.T, condition string, keys Context) (bool, error) {
	t.Helper()
	d := mustParse(t, IdentityPolicy,
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":`+condition+`}}`)
	r, err := Evaluate(d, Request{
		Action:    "s3:GetObject",
		Resource:  "arn:aws:s3:::amzn-s3-demo-bucket/key",
		Principal: RoleSession("arn:aws:iam::111122223333:role/reader", "session"),
		Context:   keys,
	})
	return r.Allowed(), err
}

type conditionCase struct {
	reason    string
	condition string
	keys      Context
	want      bool
}

func runConditionCases(t *testing.T, cases map[string]conditionCase) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := evalCondition(t, tc.condition, tc.keys)
			if err != nil {
				t.Fatalf("%s\nunexpected error: %v", tc.reason, err)
			}
			if d := diff(tc.want, got); d != "" {
				t.Errorf("%s\n%s\nover %v: -want, +got:\n%s", tc.reason, tc.condition, tc.keys, d)
			}
		})
	}
}

func TestExistence(t *testing.T) {
	instance := `{"StringLikeIfExists":{"ec2:InstanceType":["t1.*","t2.*","m3.*"]}}`
	runConditionCases(t, map[string]conditionCase{
		"IfExistsMatching": {
			reason:    pageOperators + "IfExists, row 1",
			condition: instance,
			keys:      Context{"ec2:InstanceType": {"t1.micro"}},
			want:      true,
		},
		"IfExistsOtherValue": {
			reason:    pageOperators + "IfExists, row 2",
			condition: instance,
			keys:      Context{"ec2:InstanceType": {"m2.micro"}},
		},
		"IfExistsAbsentKey": {
			reason:    pageOperators + "IfExists, row 3",
			condition: instance,
			want:      true,
		},
		"IfExistsNegatedAbsentKey": {
			reason:    pageOperators + "StringNotEqualsIfExists with Deny still denies if the key is not present",
			condition: `{"StringNotEqualsIfExists":{"aws:PrincipalServiceName":"codebuild.amazonaws.com"}}`,
			want:      true,
		},
		"IfExistsBool": {
			reason:    pageNotAction + "BoolIfExists denies whoever signed in without MFA",
			condition: `{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}`,
			keys:      Context{"aws:MultiFactorAuthPresent": {"true"}},
		},
		"IfExistsBoolAbsentKey": {
			reason:    pageNotAction + "BoolIfExists is true for access keys, which have no such key",
			condition: `{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}`,
			want:      true,
		},
		"IfExistsOnlyForItsKey": {
			reason:    pageOperators + "other condition elements can still result in a nonmatch",
			condition: `{"StringLikeIfExists":{"ec2:InstanceType":"t1.*"},"StringEquals":{"ec2:Region":"us-east-1"}}`,
		},
		"NullFalsePresent": {
			reason:    pageOperators + "Null false: the user must use temporary credentials, and does",
			condition: `{"Null":{"aws:TokenIssueTime":"false"}}`,
			keys:      Context{"aws:TokenIssueTime": {"2020-01-01T00:00:01Z"}},
			want:      true,
		},
		"NullFalseAbsent": {
			reason:    pageOperators + "Null false: the key cannot be absent",
			condition: `{"Null":{"aws:TokenIssueTime":"false"}}`,
		},
		"NullTrueAbsent": {
			reason:    pageOperators + "Null true: the key doesn't exist",
			condition: `{"Null":{"aws:TokenIssueTime":"true"}}`,
			want:      true,
		},
		"NullTruePresent": {
			reason:    pageOperators + "Null true: the key exists",
			condition: `{"Null":{"aws:TokenIssueTime":true}}`,
			keys:      Context{"aws:TokenIssueTime": {"2020-01-01T00:00:01Z"}},
		},
		"NullFalseEmptyValue": {
			reason:    pageOperators + "Null false: the key exists and its value is not null; an empty string is a null dataset",
			condition: `{"Null":{"aws:TagKeys":"false"}}`,
			keys:      Context{"aws:TagKeys": {""}},
		},
		"NullTrueNoValues": {
			reason:    pageOperators + "a key without any value is not there",
			condition: `{"Null":{"aws:TagKeys":"true"}}`,
			keys:      Context{"aws:TagKeys": {}},
			want:      true,
		},
	})
}

func TestConditionLogic(t *testing.T) {
	tasks := `{"StringEquals":{"aws:RequestTag/environment":["production","prod-backup"]},"ArnEquals":{"ecs:cluster":[` +
		`"arn:aws:ecs:us-east-1:111122223333:cluster/default1","arn:aws:ecs:us-east-1:111122223333:cluster/default2"]}}`
	const default1 = "arn:aws:ecs:us-east-1:111122223333:cluster/default1"
	const default2 = "arn:aws:ecs:us-east-1:111122223333:cluster/default2"
	tags := `"StringEquals":{"aws:PrincipalTag/department":["finance","hr","legal"],"aws:PrincipalTag/role":["audit","security"]}`
	users := `{"aws:PrincipalArn":["arn:aws:iam::222222222222:user/Ana","arn:aws:iam::222222222222:user/Mary"]}`
	positive := `{` + tags + `,"ArnLike":` + users + `}`
	negated := `{` + tags + `,"ArnNotLike":` + users + `}`
	who := func(department, role, name string) Context {
		c := Context{"aws:PrincipalArn": {"arn:aws:iam::222222222222:user/" + name}}
		if department != "" {
			c["aws:PrincipalTag/department"] = []string{department}
		}
		if role != "" {
			c["aws:PrincipalTag/role"] = []string{role}
		}
		return c
	}
	runConditionCases(t, map[string]conditionCase{
		"OperatorsAreAnded": {
			reason:    pageSingleValued + "one condition block with multiple keys and values, row 1",
			condition: tasks,
			keys:      Context{"aws:RequestTag/environment": {"production"}, "ecs:cluster": {default1}},
			want:      true,
		},
		"ValuesAreOred": {
			reason:    pageSingleValued + "one condition block with multiple keys and values, row 2",
			condition: tasks,
			keys:      Context{"aws:RequestTag/environment": {"prod-backup"}, "ecs:cluster": {default2}},
			want:      true,
		},
		"OtherTag": {
			reason:    pageSingleValued + "one condition block with multiple keys and values, row 3",
			condition: tasks,
			keys:      Context{"aws:RequestTag/webserver": {"production"}, "ecs:cluster": {default2}},
		},
		"NoTag": {
			reason:    pageSingleValued + "one condition block with multiple keys and values, row 4",
			condition: tasks,
			keys:      Context{"ecs:cluster": {default2}},
		},
		"AllKeys":               {reason: pageLogic + "first table, row 1", condition: positive, keys: who("legal", "audit", "Mary"), want: true},
		"OtherUser":             {reason: pageLogic + "first table, row 2", condition: positive, keys: who("hr", "audit", "Nikki")},
		"OtherRole":             {reason: pageLogic + "first table, row 3", condition: positive, keys: who("hr", "payroll", "Mary")},
		"NoRole":                {reason: pageLogic + "first table, row 4", condition: positive, keys: who("hr", "", "Mary")},
		"NoTags":                {reason: pageLogic + "first table, row 5", condition: positive, keys: who("", "", "Mary")},
		"NegatedValuesAreNored": {reason: pageLogic + "second table, row 1", condition: negated, keys: who("legal", "audit", "Nikki"), want: true},
		"NegatedNamedUser":      {reason: pageLogic + "second table, row 2", condition: negated, keys: who("hr", "audit", "Mary")},
		"NegatedOtherRole":      {reason: pageLogic + "second table, row 3", condition: negated, keys: who("hr", "payroll", "Nikki")},
		"NegatedNoRole":         {reason: pageLogic + "second table, row 4", condition: negated, keys: who("hr", "", "Nikki")},
		"NegatedNoTags":         {reason: pageLogic + "second table, row 5", condition: negated, keys: who("", "", "Nikki")},
	})
}
