// Runs requests through the Coraza engine. Standard input: one JSON object {"rules": SecLang, "requests": [{"method", "target",
// "headers": [[name, value]], "body"}]}. Standard output: one JSON list with, for each request, {"status", "rules"}: the status of an
// interruption (0: none) and the ids of the rules that matched.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/corazawaf/coraza/v3"
)

type request struct {
	Method  string      `json:"method"`
	Target  string      `json:"target"`
	Headers [][2]string `json:"headers"`
	Body    string      `json:"body"`
}

type outcome struct {
	Status int   `json:"status"`
	Rules  []int `json:"rules"`
}

func run(waf coraza.WAF, r request) (outcome, error) {
	tx := waf.NewTransaction()
	defer tx.Close()
	tx.ProcessConnection("127.0.0.1", 40000, "127.0.0.1", 80)
	tx.ProcessURI(r.Target, r.Method, "HTTP/1.1")
	for _, header := range r.Headers {
		tx.AddRequestHeader(header[0], header[1])
	}
	tx.ProcessRequestHeaders()
	if r.Body != "" {
		if _, _, err := tx.WriteRequestBody([]byte(r.Body)); err != nil {
			return outcome{}, err
		}
	}
	if _, err := tx.ProcessRequestBody(); err != nil {
		return outcome{}, err
	}
	result := outcome{Rules: []int{}}
	if it := tx.Interruption(); it != nil {
		result.Status = it.Status
	}
	for _, matched := range tx.MatchedRules() {
		result.Rules = append(result.Rules, matched.Rule().ID())
	}
	return result, nil
}

func check() error {
	var input struct {
		Rules    string    `json:"rules"`
		Requests []request `json:"requests"`
	}
	if err := json.NewDecoder(os.Stdin).Decode(&input); err != nil {
		return err
	}
	setup := strings.Join([]string{
		"SecRuleEngine On",
		"SecRequestBodyAccess On",
		"SecRequestBodyLimit 1048576",
		`SecRule REQUEST_HEADERS:Content-Type "@rx (?i)^application/json" "id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=JSON"`,
		`SecRule REQUEST_HEADERS:Content-Type "@rx (?i)^(?:text|application)/xml" "id:2,phase:1,pass,nolog,ctl:requestBodyProcessor=XML"`,
	}, "\n")
	waf, err := coraza.NewWAF(coraza.NewWAFConfig().WithDirectives(setup + "\n" + input.Rules))
	if err != nil {
		return err
	}
	results := make([]outcome, 0, len(input.Requests))
	for _, r := range input.Requests {
		result, err := run(waf, r)
		if err != nil {
			return err
		}
		results = append(results, result)
	}
	return json.NewEncoder(os.Stdout).Encode(results)
}

func main() {
	if err := check(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
