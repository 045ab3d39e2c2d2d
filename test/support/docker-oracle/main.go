// Says what docker makes of ignore files and of words in a Dockerfile. Reads JSON lines, {"text", "paths"} or
// {"word", "env", "escape"}; answers each by {"error"}, or by {"ignored"} or {"result"}.
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/shell"
	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

type question struct {
	Text  string   `json:"text"`
	Paths []string `json:"paths"`

	Word   string   `json:"word"`
	Env    []string `json:"env"`
	Escape string   `json:"escape"`
}

type answer struct {
	Error   string   `json:"error,omitempty"`
	Ignored []string `json:"ignored"`
	Result  string   `json:"result"`
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
		given, err := ask(asked)
		if err != nil {
			given = answer{Error: err.Error()}
		}
		out.Encode(given)
	}
}

func ask(asked question) (answer, error) {
	if asked.Escape != "" {
		lex := shell.NewLex([]rune(asked.Escape)[0])
		result, err := lex.ProcessWordWithMatches(asked.Word, shell.EnvsFromSlice(asked.Env))
		return answer{Result: result.Result}, err
	}
	ignored, err := look(asked)
	return answer{Ignored: ignored}, err
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
