package iamtest

import "testing"

func TestSetOperators(t *testing.T) {
	deleteTags := `{"ForAllValues:StringEquals":{"aws:TagKeys":["environment","cost-center"]},"Null":{"aws:TagKeys":"false"}}`
	anyTag := `{"ForAnyValue:StringEquals":{"aws:TagKeys":["environment","cost-center"]}}`
	createTags := `{"StringEqualsIgnoreCase":{"aws:RequestTag/environment":["preprod","storage"]},` +
		`"ForAnyValue:StringEquals":{"aws:TagKeys":"environment"}}`
	notKey1 := `{"ForAllValues:StringNotLike":{"aws:TagKeys":"key1*"}}`
	notKeys := `{"ForAllValues:StringNotLike":{"aws:TagKeys":["key1*","key2*"]}}`
	webserver := `{"ForAnyValue:StringEquals":{"aws:TagKeys":"webserver"}}`
	logs := `{"ForAllValues:ArnLike":{"logs:LogGeneratingResourceArns":[` +
		`"arn:aws::cloudfront:123456789012:distribution/*","arn:aws::cloudfront:123456789012:distribution/support*"]}}`
	distribution := func(names ...string) Context {
		var arns []string
		for _, n := range names {
			arns = append(arns, "arn:aws::cloudfront:"+n)
		}
		return Context{"logs:LogGeneratingResourceArns": arns}
	}
	tagKeys := func(keys ...string) Context { return Context{"aws:TagKeys": keys} }
	runConditionCases(t, map[string]conditionCase{
		"AllFirst":       {reason: pageSets + "ForAllValues, row 1", condition: deleteTags, keys: tagKeys("environment"), want: true},
		"AllSecond":      {reason: pageSets + "ForAllValues, row 2", condition: deleteTags, keys: tagKeys("cost-center"), want: true},
		"AllBoth":        {reason: pageSets + "ForAllValues, row 3", condition: deleteTags, keys: tagKeys("environment", "cost-center"), want: true},
		"AllOneMore":     {reason: pageSets + "ForAllValues, row 4", condition: deleteTags, keys: tagKeys("environment", "dept")},
		"AllNull":        {reason: pageSets + "ForAllValues, row 5: Null prevents matching", condition: deleteTags},
		"AnyFirst":       {reason: pageSets + "ForAnyValue, row 1", condition: anyTag, keys: tagKeys("environment"), want: true},
		"AnySecond":      {reason: pageSets + "ForAnyValue, row 2", condition: anyTag, keys: tagKeys("cost-center"), want: true},
		"AnyBoth":        {reason: pageSets + "ForAnyValue, row 3", condition: anyTag, keys: tagKeys("environment", "cost-center"), want: true},
		"AnyOneMore":     {reason: pageSets + "ForAnyValue, row 4", condition: anyTag, keys: tagKeys("environment", "dept"), want: true},
		"AnyOther":       {reason: pageSets + "ForAnyValue, row 5", condition: anyTag, keys: tagKeys("dept")},
		"AnyAbsent":      {reason: pageSets + "ForAnyValue, row 6", condition: anyTag},
		"AllAbsent":      {reason: pageSets + "ForAllValues returns true if there are no context keys in the request", condition: `{"ForAllValues:StringEquals":{"aws:TagKeys":"a"}}`, want: true},
		"AllEmptyString": {reason: pageOperators + "ForAllValues returns true if the value resolves to a null dataset, such as an empty string", condition: `{"ForAllValues:StringEquals":{"aws:TagKeys":"a"}}`, keys: tagKeys(""), want: true},
		"AnyEmptyString": {reason: pageSets + "ForAnyValue returns false for a null dataset", condition: `{"ForAnyValue:StringLike":{"aws:TagKeys":"*"}}`, keys: tagKeys("")},

		"CreateTags":           {reason: pageOperators + "ForAnyValue example, row 1", condition: createTags, keys: Context{"aws:TagKeys": {"environment"}, "aws:RequestTag/environment": {"preprod"}}, want: true},
		"CreateTagsIgnoreCase": {reason: pageOperators + "ForAnyValue example, row 2", condition: createTags, keys: Context{"aws:TagKeys": {"environment", "costcenter"}, "aws:RequestTag/environment": {"PreProd"}}, want: true},
		"CreateTagsOtherCase":  {reason: pageOperators + "ForAnyValue example, row 3", condition: createTags, keys: Context{"aws:TagKeys": {"Environment"}, "aws:RequestTag/Environment": {"preprod"}}},
		"CreateTagsOther":      {reason: pageOperators + "ForAnyValue example, row 4", condition: createTags, keys: Context{"aws:TagKeys": {"costcenter"}, "aws:RequestTag/environment": {"preprod"}}},
		"CreateTagsNoKeys":     {reason: pageOperators + "ForAnyValue example, row 5", condition: createTags, keys: Context{"aws:RequestTag/environment": {"storage"}}},
		"CreateTagsNoTag":      {reason: pageOperators + "ForAnyValue example, row 6", condition: createTags, keys: tagKeys("environment")},
		"CreateTagsNothing":    {reason: pageOperators + "ForAnyValue example, row 7", condition: createTags},

		// Two tables of the page on operators contradict its own text and are not
		// reproduced: that of ForAllValues:StringNotLike with aws:ResourceOrgPaths
		// ("None of the values can match", yet a value that matches does), and row
		// 3 of ForAllValues:ArnLike (distribution/* is said not to match
		// distribution/admin). The tables that follow agree with the text.
		"NotLikeLegal":        {reason: pageMultivalued + "single value, row 1", condition: notKey1, keys: tagKeys("key1:legal")},
		"NotLikeTwo":          {reason: pageMultivalued + "single value, row 2", condition: notKey1, keys: tagKeys("key1:hr", "key1:personnel")},
		"NotLikeOther":        {reason: pageMultivalued + "single value, row 3", condition: notKey1, keys: tagKeys("key2:audit"), want: true},
		"NotLikeAbsent":       {reason: pageMultivalued + "single value, row 4", condition: notKey1, want: true},
		"NotLikeListLegal":    {reason: pageMultivalued + "multiple values, row 1", condition: notKeys, keys: tagKeys("key1:legal")},
		"NotLikeListTwo":      {reason: pageMultivalued + "multiple values, row 2", condition: notKeys, keys: tagKeys("key1:hr", "key1:personnel")},
		"NotLikeListMixed":    {reason: pageMultivalued + "multiple values, row 3", condition: notKeys, keys: tagKeys("key1:hr", "key2:audit")},
		"NotLikeListOther":    {reason: pageMultivalued + "multiple values, row 4", condition: notKeys, keys: tagKeys("key3:legal"), want: true},
		"NotLikeListAbsent":   {reason: pageMultivalued + "multiple values, row 5", condition: notKeys, want: true},
		"NotLikeOneOfTwo":     {reason: pageOperators + "ForAllValues negated: none of the values can match any", condition: notKey1, keys: tagKeys("key1:hr", "key2:audit")},
		"AnyNotLikeOneOfTwo":  {reason: pageOperators + "ForAnyValue negated: at least one must not match any", condition: `{"ForAnyValue:StringNotLike":{"aws:TagKeys":"key1*"}}`, keys: tagKeys("key1:hr", "key2:audit"), want: true},
		"AnyNotLikeNone":      {reason: pageOperators + "ForAnyValue negated: all match, so none does not", condition: `{"ForAnyValue:StringNotLike":{"aws:TagKeys":["key1*","key2*"]}}`, keys: tagKeys("key1:hr", "key2:audit")},
		"AnyNotEqualsAbsent":  {reason: pageSets + "ForAnyValue: if the key does not exist, the condition returns false, negated or not", condition: `{"ForAnyValue:StringNotEquals":{"aws:TagKeys":"key1"}}`},
		"AnyIfExistsAbsent":   {reason: pageOperators + "IfExists: if the key is not present, evaluate the condition element as true", condition: `{"ForAnyValue:StringLikeIfExists":{"aws:TagKeys":"key1"}}`, want: true},
		"AnyIfExistsEmpty":    {reason: pageOperators + "IfExists is about an absent key, not about an empty value", condition: `{"ForAnyValue:StringLikeIfExists":{"aws:TagKeys":"*"}}`, keys: tagKeys("")},
		"AllIfExistsOther":    {reason: pageOperators + "IfExists: if the key is present, process it as specified", condition: `{"ForAllValues:StringLikeIfExists":{"aws:TagKeys":"key1"}}`, keys: tagKeys("key2")},
		"WebserverOnly":       {reason: pageMultivalued + "ForAnyValue, row 1", condition: webserver, keys: tagKeys("webserver"), want: true},
		"WebserverAmong":      {reason: pageMultivalued + "ForAnyValue, row 2", condition: webserver, keys: tagKeys("environment", "webserver", "test"), want: true},
		"WebserverNot":        {reason: pageMultivalued + "ForAnyValue, row 3", condition: webserver, keys: tagKeys("environment", "test")},
		"WebserverAbsent":     {reason: pageMultivalued + "ForAnyValue, row 4", condition: webserver},
		"ArnsOne":             {reason: pageOperators + "ForAllValues with ARNs, row 1", condition: logs, keys: distribution("123456789012:distribution/costcenter"), want: true},
		"ArnsTwo":             {reason: pageOperators + "ForAllValues with ARNs, row 2", condition: logs, keys: distribution("123456789012:distribution/costcenter", "123456789012:distribution/support2025"), want: true},
		"ArnsOtherAccount":    {reason: pageOperators + "ForAllValues with ARNs, row 4", condition: logs, keys: distribution("777788889999:distribution/costcenter")},
		"ArnsAbsent":          {reason: pageOperators + "ForAllValues with ARNs, row 5", condition: logs, want: true},
		"ArnsOneOfTwoOutside": {reason: pageOperators + "all of the ARNs must match", condition: logs, keys: distribution("123456789012:distribution/a", "777788889999:distribution/a")},
		"BoolAll":             {reason: pageOperators + "ForAllValues:Bool: all of the booleans must match", condition: `{"ForAllValues:Bool":{"k":"true"}}`, keys: Context{"k": {"true", "false"}}},
		"BoolAny":             {reason: pageOperators + "ForAnyValue:Bool: at least one must match", condition: `{"ForAnyValue:Bool":{"k":"true"}}`, keys: Context{"k": {"true", "false"}}, want: true},
	})
}

func TestMultivaluedKeyNeedsSetOperator(t *testing.T) {
	cases := map[string]struct {
		reason    string
		condition string
		wantErr   bool
	}{
		"None":        {reason: pageSets + "multivalued context keys require a condition set operator", condition: `{"StringLike":{"aws:TagKeys":"*"}}`, wantErr: true},
		"NoneNegated": {reason: pageSets + "multivalued context keys require a condition set operator", condition: `{"StringNotLike":{"aws:TagKeys":"*"}}`, wantErr: true},
		"ForAnyValue": {reason: pageSets + "ForAnyValue is one", condition: `{"ForAnyValue:StringLike":{"aws:TagKeys":"*"}}`},
		"Null":        {reason: pageOperators + "Null asks for the key only", condition: `{"Null":{"aws:TagKeys":"false"}}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := evalCondition(t, tc.condition, Context{"aws:TagKeys": {"a", "b"}})
			if d := diff(tc.wantErr, err != nil); d != "" {
				t.Errorf("%s\nerror %v: -want, +got:\n%s", tc.reason, err, d)
			}
		})
	}
}
