// The newest provider that the packages admit. Only its CRDs are read, so nothing here is built.
module github.com/ontopix/crossplane-ecr/test/xrd/newest

go 1.26

require github.com/upbound/provider-aws/v2 v2.7.0 // indirect
