// Says what docker makes of ignore files: reads {"text", "paths"} as JSON lines, answers {"error"} or {"ignored"} each.
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

type question struct {
	Text  string   `json:"text"`
	Paths []string `json:"paths"`
}

type answer struct {
	Error   string   `json:"error,omitempty"`
	Ignored []string `json:"ignored"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		ignored, err := look(asked)
		if err != nil {
			out.Encode(answer{Error: err.Error()})
		} else {
			out.Encode(answer{Ignored: ignored})
		}
	}
}

func look(asked question) ([]string, error) {
	patterns, err := ignorefile.ReadAll(strings.NewReader(asked.Text))
	if err != nil {
		return nil, err
	}
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		return nil, err
	}
	ignored := []string{}
	for _, path := range asked.Paths {
		matched, info := false, patternmatcher.MatchInfo{}
		parts := strings.Split(path, "/")
		for n := range parts {
			if matched, info, err = matcher.MatchesUsingParentResults(strings.Join(parts[:n+1], "/"), info); err != nil {
				return nil, err
			}
		}
		if matched {
			ignored = append(ignored, path)
		}
	}
	return ignored, nil
}
