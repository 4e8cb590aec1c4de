module github.com/ontopix/crossplane-ecr/tools/licences

go 1.26
