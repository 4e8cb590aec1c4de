package iamtest

import "testing"

func TestVariables(t *testing.T) {
	const bucket = "arn:aws:s3:::amzn-s3-demo-bucket"
	team := Context{"aws:PrincipalTag/team": {"yellow"}}
	byTeam := `"Resource":"` + bucket + `-${aws:PrincipalTag/team, 'company-wide'}"`
	cases := map[string]struct {
		reason   string
		version  string
		rest     string // the elements after Effect and Action
		resource string
		keys     Context
		want     bool
	}{
		"InResource": {
			reason:   pageVariables + "the bucket's path ends with a team name from the principal tag",
			rest:     `"Resource":"` + bucket + `/${aws:PrincipalTag/team}/*"`,
			resource: bucket + "/yellow/report",
			keys:     team,
			want:     true,
		},
		"InResourceOtherTeam": {
			reason:   pageVariables + "another team's path",
			rest:     `"Resource":"` + bucket + `/${aws:PrincipalTag/team}/*"`,
			resource: bucket + "/blue/report",
			keys:     team,
		},
		"InResourceNoValue": {
			reason:   pageVariables + "a Resource with a variable that has no value will not match any resource",
			rest:     `"Resource":"` + bucket + `/${aws:PrincipalTag/team}*"`,
			resource: bucket + "/yellow",
		},
		"InResourceEmptyValue": {
			reason:   pageVariables + "a key that has no value is effectively null: the prefix is not opened to everyone",
			rest:     `"Resource":"` + bucket + `/${aws:PrincipalTag/team}*"`,
			resource: bucket + "/yellow",
			keys:     Context{"aws:PrincipalTag/team": {""}},
		},
		"InNotResourceNoValue": {
			reason:   pageVariables + "a NotResource with a variable that has no value excepts nothing",
			rest:     `"NotResource":"` + bucket + `/${aws:PrincipalTag/team}/*"`,
			resource: bucket + "/yellow/report",
			want:     true,
		},
		"KeyInAnyCase": {
			reason:   pageVariables + "key names are case-insensitive",
			rest:     `"Resource":"` + bucket + `/${AWS:principaltag/Team}/*"`,
			resource: bucket + "/yellow/report",
			keys:     team,
			want:     true,
		},
		"Default": {
			reason:   pageVariables + "for users without team tags, it sets a default value of company-wide",
			rest:     byTeam,
			resource: bucket + "-company-wide",
			want:     true,
		},
		"DefaultNotNeeded": {
			reason:   pageVariables + "a principal tagged with team=yellow can access the yellow bucket",
			rest:     byTeam,
			resource: bucket + "-yellow",
			keys:     team,
			want:     true,
		},
		"DefaultNotUsed": {
			reason:   pageVariables + "team members can access their team bucket, but not the default",
			rest:     byTeam,
			resource: bucket + "-company-wide",
			keys:     team,
		},
		"MultivaluedKey": {
			reason:   pageVariables + "you can't use a multivalued condition key as a variable",
			rest:     `"Resource":"` + bucket + `/${aws:TagKeys}"`,
			resource: bucket + "/a",
			keys:     Context{"aws:TagKeys": {"a", "b"}},
		},
		"OldVersionIsLiteral": {
			reason:   pageVariables + "earlier versions treat variables as literal strings",
			version:  `"Version":"2008-10-17",`,
			rest:     `"Resource":"` + bucket + `/${aws:PrincipalTag/team}"`,
			resource: bucket + "/yellow",
			keys:     team,
		},
		"OldVersionLiteralText": {
			reason:   pageVariables + "earlier versions treat variables as literal strings",
			version:  `"Version":"2008-10-17",`,
			rest:     `"Resource":"` + bucket + `/${aws:PrincipalTag/team}"`,
			resource: bucket + "/${aws:PrincipalTag/team}",
			keys:     team,
			want:     true,
		},
		"NoVersionIsLiteral": {
			reason:   pageVariables + "if you don't include the Version element, variables are treated as literal strings",
			version:  " ",
			rest:     `"Resource":"` + bucket + `/${aws:PrincipalTag/team}"`,
			resource: bucket + "/yellow",
			keys:     team,
		},
		"Star": {
			reason:   pageVariables + "${*} is a star, not a wildcard",
			rest:     `"Resource":"` + bucket + `/${*}"`,
			resource: bucket + "/yellow",
		},
		"StarItself": {
			reason:   pageVariables + "${*} is a star",
			rest:     `"Resource":"` + bucket + `/${*}"`,
			resource: bucket + "/*",
			want:     true,
		},
		"QuestionMark": {
			reason:   pageVariables + "${?} is a question mark, not a wildcard",
			rest:     `"Resource":"` + bucket + `/${?}"`,
			resource: bucket + "/a",
		},
		"Dollar": {
			reason:   pageVariables + "${$} is a dollar sign",
			rest:     `"Resource":"` + bucket + `/${$}{aws:PrincipalTag/team}"`,
			resource: bucket + "/${aws:PrincipalTag/team}",
			keys:     team,
			want:     true,
		},
		"StarInStringEquals": {
			reason:   pageVariables + "the special characters can be used in any string where variables can",
			rest:     `"Resource":"*","Condition":{"StringEquals":{"s3:prefix":"${*}"}}`,
			resource: bucket,
			keys:     Context{"s3:prefix": {"*"}},
			want:     true,
		},
		"ConditionTag": {
			reason:   pageVariables + "the object's owner must equal the principal's tag",
			rest:     `"Resource":"*","Condition":{"StringEquals":{"s3:ExistingObjectTag/owner":"${aws:PrincipalTag/owner}"}}`,
			resource: bucket,
			keys:     Context{"s3:ExistingObjectTag/owner": {"martha"}, "aws:PrincipalTag/owner": {"martha"}},
			want:     true,
		},
		"ConditionNoValue": {
			reason:   pageVariables + "with a variable that has no value StringEquals does not match",
			rest:     `"Resource":"*","Condition":{"StringEquals":{"s3:ExistingObjectTag/owner":"${aws:PrincipalTag/owner}"}}`,
			resource: bucket,
			keys:     Context{"s3:ExistingObjectTag/owner": {"martha"}},
		},
		"ConditionLikeNoValue": {
			reason:   pageVariables + "with a variable that has no value StringLike does not match, whatever else it has",
			rest:     `"Resource":"*","Condition":{"StringLike":{"s3:prefix":"*${aws:PrincipalTag/owner}*"}}`,
			resource: bucket,
			keys:     Context{"s3:prefix": {"martha"}},
		},
		"ConditionNegatedNoValue": {
			reason:   pageVariables + "inverted condition operators do match against a null value",
			rest:     `"Resource":"*","Condition":{"StringNotEquals":{"s3:ExistingObjectTag/Team":"${aws:PrincipalTag/Team}"}}`,
			resource: bucket,
			keys:     Context{"s3:ExistingObjectTag/Team": {"blue"}},
			want:     true,
		},
		"ConditionArn": {
			reason:   pageVariables + "ARN operators take variables",
			rest:     `"Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:${aws:PrincipalTag/team}-*"}}`,
			resource: bucket,
			keys:     Context{"aws:SourceArn": {"arn:aws:sns:us-east-1:111122223333:yellow-x"}, "aws:PrincipalTag/team": {"yellow"}},
			want:     true,
		},
		"ValueIsNoPattern": {
			reason:   pageVariables + "a variable is a value: a star that comes with it is a character (AWS is silent; tags cannot hold one)",
			rest:     `"Resource":"` + bucket + `/${aws:PrincipalTag/team}/*"`,
			resource: bucket + "/blue/report",
			keys:     Context{"aws:PrincipalTag/team": {"*"}},
		},
		"OrganisationOfThePrincipal": {
			reason:   pageVariables + "global condition context keys can be used as variables",
			rest:     `"Resource":"*","Condition":{"StringEquals":{"aws:ResourceOrgID":"${aws:PrincipalOrgID}"}}`,
			resource: bucket,
			keys:     Context{"aws:ResourceOrgID": {"o-a1b2c3d4e5"}, "aws:PrincipalOrgID": {"o-a1b2c3d4e5"}},
			want:     true,
		},
		"UserNameFollowsFromThePrincipal": {
			reason:   pageVariables + "principal key values: aws:username is the name of an IAM user",
			rest:     `"Resource":"` + bucket + `/home/${aws:username}/*"`,
			resource: bucket + "/home/ana/x",
			want:     true,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			version := tc.version
			if version == "" {
				version = `"Version":"2012-10-17",`
			}
			d := mustParse(t, IdentityPolicy, `{`+version+`"Statement":[{"Effect":"Allow","Action":"s3:*",`+tc.rest+`}]}`)
			got, err := Evaluate(d, Request{
				Action:    "s3:GetObject",
				Resource:  tc.resource,
				Principal: User("arn:aws:iam::111122223333:user/dev/ana"),
				Context:   tc.keys,
			})
			if err != nil {
				t.Fatalf("%s\nEvaluate(...): %v", tc.reason, err)
			}
			if d := diff(tc.want, got.Allowed()); d != "" {
				t.Errorf("%s\nEvaluate(...): -want, +got:\n%s", tc.reason, d)
			}
		})
	}
}
