package iamtest

import "testing"

func TestActions(t *testing.T) {
	cases := map[string]struct {
		reason  string
		element string
		action  string
		want    bool
	}{
		"Exact":            {reason: pageAction + "one action", element: `"Action":"sqs:SendMessage"`, action: "sqs:SendMessage", want: true},
		"CaseInsensitive":  {reason: pageAction + "iam:ListAccessKeys is the same as IAM:listaccesskeys", element: `"Action":"IAM:listaccesskeys"`, action: "iam:ListAccessKeys", want: true},
		"List":             {reason: pageAction + "multiple values", element: `"Action":["sqs:SendMessage","iam:ChangePassword"]`, action: "iam:ChangePassword", want: true},
		"Service":          {reason: pageAction + "s3:* applies to all S3 actions", element: `"Action":"s3:*"`, action: "s3:GetObject", want: true},
		"OtherService":     {reason: pageAction + "s3:* does not apply to other services", element: `"Action":"s3:*"`, action: "s3express:CreateSession"},
		"InTheName":        {reason: pageAction + "iam:*AccessKey* includes UpdateAccessKey", element: `"Action":"iam:*AccessKey*"`, action: "iam:UpdateAccessKey", want: true},
		"InTheNameList":    {reason: pageAction + "iam:*AccessKey* includes ListAccessKeys", element: `"Action":"iam:*AccessKey*"`, action: "iam:ListAccessKeys", want: true},
		"NotInTheName":     {reason: pageAction + "iam:*AccessKey* does not include ListUsers", element: `"Action":"iam:*AccessKey*"`, action: "iam:ListUsers"},
		"QuestionMark":     {reason: pageAction + "single-character match wildcards", element: `"Action":"ecr:?utImage"`, action: "ecr:PutImage", want: true},
		"PrefixOnly":       {reason: pageAction + "without a wildcard the name is the whole name", element: `"Action":"ecr:PutImage"`, action: "ecr:PutImageTagMutability"},
		"Everything":       {reason: pageGrammar + "* is every action", element: `"Action":"*"`, action: "ecr:PutImage", want: true},
		"NotAction":        {reason: pageNotAction + "every action except iam:*", element: `"NotAction":"iam:*"`, action: "s3:GetObject", want: true},
		"NotActionListed":  {reason: pageNotAction + "actions listed in NotAction are not impacted", element: `"NotAction":"iam:*"`, action: "iam:CreateUser"},
		"NotActionOfMany":  {reason: pageNotAction + "matches everything except the specified list", element: `"NotAction":["s3:DeleteBucket","iam:*"]`, action: "s3:DeleteBucket"},
		"NotActionAnyCase": {reason: pageAction + "names are case insensitive, in NotAction too", element: `"NotAction":"s3:deletebucket"`, action: "s3:DeleteBucket"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			d := mustParse(t, IdentityPolicy, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",`+tc.element+`,"Resource":"*"}]}`)
			resource := "*"
			if ecrResource(tc.action) == ecrRepository {
				resource = "arn:aws:ecr:eu-west-1:111122223333:repository/a"
			}
			got, err := Evaluate(d, Request{Action: tc.action, Resource: resource, Principal: User("arn:aws:iam::111122223333:user/ana")})
			if err != nil {
				t.Fatalf("%s\nEvaluate(...): %v", tc.reason, err)
			}
			if d := diff(tc.want, got.Allowed()); d != "" {
				t.Errorf("%s\nEvaluate(...): -want, +got:\n%s", tc.reason, d)
			}
		})
	}
}

func TestResources(t *testing.T) {
	const objects = `"Resource":"arn:aws:s3:::amzn-s3-demo-bucket/*/test/*"`
	cases := map[string]struct {
		reason   string
		element  string
		resource string
		want     bool
	}{
		"Exact":        {reason: pageResource + "a specific queue", element: `"Resource":"arn:aws:sqs:us-east-2:111122223333:queue1"`, resource: "arn:aws:sqs:us-east-2:111122223333:queue1", want: true},
		"OtherCase":    {reason: pageResource + "the IAM user name is case sensitive", element: `"Resource":"arn:aws:iam::111122223333:user/Bob"`, resource: "arn:aws:iam::111122223333:user/bob"},
		"Path":         {reason: pageResource + "all users whose path is /accounting", element: `"Resource":"arn:aws:iam::111122223333:user/accounting/*"`, resource: "arn:aws:iam::111122223333:user/accounting/ana", want: true},
		"OtherPath":    {reason: pageResource + "all users whose path is /accounting", element: `"Resource":"arn:aws:iam::111122223333:user/accounting/*"`, resource: "arn:aws:iam::111122223333:user/accountingx"},
		"List":         {reason: pageResource + "two DynamoDB tables", element: `"Resource":["arn:aws:dynamodb:us-east-2:111122223333:table/a","arn:aws:dynamodb:us-east-2:111122223333:table/b"]`, resource: "arn:aws:dynamodb:us-east-2:111122223333:table/b", want: true},
		"Objects1":     {reason: pageResource + "wildcard expansion, object 1", element: objects, resource: "arn:aws:s3:::amzn-s3-demo-bucket/1/test/object.jpg", want: true},
		"Objects2":     {reason: pageResource + "wildcard expansion, object 2", element: objects, resource: "arn:aws:s3:::amzn-s3-demo-bucket/1/2/test/object.jpg", want: true},
		"Objects3":     {reason: pageResource + "wildcard expansion, object 3", element: objects, resource: "arn:aws:s3:::amzn-s3-demo-bucket/1/2/test/3/object.jpg", want: true},
		"Objects4":     {reason: pageResource + "wildcard expansion, object 4", element: objects, resource: "arn:aws:s3:::amzn-s3-demo-bucket/1/2/3/test/4/object.jpg", want: true},
		"Objects5":     {reason: pageResource + "wildcard expansion, object 5", element: objects, resource: "arn:aws:s3:::amzn-s3-demo-bucket/1///test///object.jpg", want: true},
		"Objects6":     {reason: pageResource + "wildcard expansion, object 6", element: objects, resource: "arn:aws:s3:::amzn-s3-demo-bucket/1/test/.jpg", want: true},
		"Objects7":     {reason: pageResource + "wildcard expansion, object 7", element: objects, resource: "arn:aws:s3:::amzn-s3-demo-bucket//test/object.jpg", want: true},
		"Objects8":     {reason: pageResource + "wildcard expansion, object 8", element: objects, resource: "arn:aws:s3:::amzn-s3-demo-bucket/1/test/", want: true},
		"NotObjects1":  {reason: pageResource + "the ARN would not match, object 1", element: objects, resource: "arn:aws:s3:::amzn-s3-demo-bucket/1-test/object.jpg"},
		"NotObjects2":  {reason: pageResource + "the ARN would not match, object 2", element: objects, resource: "arn:aws:s3:::amzn-s3-demo-bucket/test/object.jpg"},
		"NotObjects3":  {reason: pageResource + "the ARN would not match, object 3", element: objects, resource: "arn:aws:s3:::amzn-s3-demo-bucket/1/2/test.jpg"},
		"AnyRegion":    {reason: pageResource + "a wildcard within a segment", element: `"Resource":"arn:aws:ecr:*:111122223333:repository/a"`, resource: "arn:aws:ecr:eu-west-1:111122223333:repository/a", want: true},
		"OtherAccount": {reason: pageResource + "a wildcard in one segment leaves the others alone", element: `"Resource":"arn:aws:ecr:*:111122223333:repository/a"`, resource: "arn:aws:ecr:eu-west-1:444455556666:repository/a"},
		"InTheSegment": {reason: pageResource + "a wildcard that is not the last character of its segment stays within it", element: `"Resource":"arn:aws:sns:eu-*1:111122223333:t"`, resource: "arn:aws:sns:eu-west-1:111122223333:t", want: true},
		"InTheSegmentOnly": {
			reason:  pageResource + "a wildcard that is not the last character of its segment stays within it",
			element: `"Resource":"arn:aws:sns:*1:111122223333:t"`, resource: "arn:aws:sns:x:111122223331:111122223333:t",
		},
		"LastOfTheSegment": {
			reason:  pageResource + "a * that is the last character of a segment can match beyond the colon boundaries",
			element: `"Resource":"arn:aws:sns:*:111122223333:t"`, resource: "arn:aws:sns:x:444455556666:111122223333:t",
			want: true,
		},
		"QuestionMarkIsNoColon": {reason: pageResource + "? is any single character within a segment", element: `"Resource":"arn:aws:sns:eu-west-?:111122223333:t"`, resource: "arn:aws:sns:eu-west-::111122223333:t"},
		"QuestionMark":          {reason: pageResource + "? is any single character", element: `"Resource":"arn:aws:ecr:eu-west-?:111122223333:repository/a?"`, resource: "arn:aws:ecr:eu-west-1:111122223333:repository/ab", want: true},
		"ColonInTheResource":    {reason: pageResource + "* can expand to replace everything within the resource part", element: `"Resource":"arn:aws:logs:*:111122223333:log-group:*stream"`, resource: "arn:aws:logs:eu-west-1:111122223333:log-group:a:log-stream", want: true},
		"Incomplete":            {reason: pageGrammar + "arn:aws:sqs is equivalent to arn:aws:sqs:*:*:*", element: `"Resource":"arn:aws:sqs"`, resource: "arn:aws:sqs:us-east-2:111122223333:queue1", want: true},
		"IncompleteOther":       {reason: pageGrammar + "arn:aws:sqs is equivalent to arn:aws:sqs:*:*:*", element: `"Resource":"arn:aws:sqs"`, resource: "arn:aws:sns:us-east-2:111122223333:queue1"},
		"IncompleteRegion":      {reason: pageGrammar + "missing fields are completed with wildcards", element: `"Resource":"arn:aws:sqs:us-east-2"`, resource: "arn:aws:sqs:us-west-1:111122223333:queue1"},
		"NoPrefixMatch":         {reason: pageResource + "without a wildcard an ARN is the whole ARN", element: `"Resource":"arn:aws:ecr:eu-west-1:111122223333:repository/shop"`, resource: "arn:aws:ecr:eu-west-1:111122223333:repository/shop/api"},
		"OtherPartition":        {reason: pageResource + "every segment must match", element: `"Resource":"arn:aws:ecr:*:111122223333:repository/*"`, resource: "arn:aws-cn:ecr:cn-north-1:111122223333:repository/a"},
		"AnyPartition":          {reason: pageResource + "a wildcard within the partition", element: `"Resource":"arn:aws*:ecr:*:111122223333:repository/*"`, resource: "arn:aws-cn:ecr:cn-north-1:111122223333:repository/a", want: true},
		"ARNIsNotEverything":    {reason: pageResource + "actions without resources need * in the Resource element", element: `"Resource":"arn:aws:s3:::*"`, resource: "*"},
		"Everything":            {reason: pageResource + "actions without resources need * in the Resource element", element: `"Resource":"*"`, resource: "*", want: true},
		"NotResource":           {reason: pageNotResource + "every resource except the payroll folder", element: `"NotResource":["arn:aws:s3:::HRBucket/Payroll","arn:aws:s3:::HRBucket/Payroll/*"]`, resource: "arn:aws:s3:::HRBucket/Other", want: true},
		"NotResourceListed":     {reason: pageNotResource + "every resource except the payroll folder", element: `"NotResource":["arn:aws:s3:::HRBucket/Payroll","arn:aws:s3:::HRBucket/Payroll/*"]`, resource: "arn:aws:s3:::HRBucket/Payroll/2026"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			d := mustParse(t, IdentityPolicy, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*",`+tc.element+`}]}`)
			got, err := Evaluate(d, Request{Action: "some:Action", Resource: tc.resource, Principal: User("arn:aws:iam::111122223333:user/ana")})
			if err != nil {
				t.Fatalf("%s\nEvaluate(...): %v", tc.reason, err)
			}
			if d := diff(tc.want, got.Allowed()); d != "" {
				t.Errorf("%s\nEvaluate(...): -want, +got:\n%s", tc.reason, d)
			}
		})
	}
}
