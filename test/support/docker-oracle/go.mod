module oracle

go 1.25.9

require (
	github.com/moby/buildkit v0.31.0
	github.com/moby/patternmatcher v0.6.1
)

require github.com/pkg/errors v0.9.1 // indirect
