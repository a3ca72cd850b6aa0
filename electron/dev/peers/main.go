// Judges values as others do, so that the payload model can be compared with them. Standard input: one JSON object {"detector", "values"};
// detector is "crs" and a paranoia level ("crs1" to "crs4": the OWASP Core Rule Set in Coraza, as it comes) or "libinjection". Standard
// output: one JSON object {"flagged": [bool for each value], "seconds": time for all of them, on one thread}.
package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	coreruleset "github.com/corazawaf/coraza-coreruleset/v4"
	"github.com/corazawaf/coraza/v3"
	"github.com/corazawaf/libinjection-go"
)

type outcome struct {
	Flagged []bool  `json:"flagged"`
	Seconds float64 `json:"seconds"`
}

// How the rule set is meant to be used, but for its paranoia: it blocks at an anomaly score of 5, and looks at bodies of up to a megabyte.
func openRuleSet(paranoia int) (coraza.WAF, error) {
	directives := strings.Join([]string{
		"Include @coraza.conf-recommended",
		"Include @crs-setup.conf.example",
		"SecRuleEngine On",
		"SecRequestBodyAccess On",
		"SecRequestBodyLimit 4194304",
		"SecRequestBodyInMemoryLimit 4194304",
		"SecRequestBodyNoFilesLimit 4194304",
		fmt.Sprintf(`SecAction "id:900000,phase:1,pass,t:none,nolog,setvar:tx.blocking_paranoia_level=%d"`, paranoia),
		"Include @owasp_crs/*.conf",
	}, "\n")
	return coraza.NewWAF(coraza.NewWAFConfig().WithRootFS(coreruleset.FS).WithDirectives(directives))
}

// The value as the field of a form that a browser sends.
func isBlocked(waf coraza.WAF, value string) (bool, error) {
	tx := waf.NewTransaction()
	defer tx.Close()
	body := "q=" + url.QueryEscape(value)
	tx.ProcessConnection("198.51.100.20", 40000, "198.51.100.1", 443)
	tx.ProcessURI("/search", "POST", "HTTP/1.1")
	for _, header := range [][2]string{
		{"Host", "shop.example"},
		{"User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"},
		{"Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
		{"Content-Type", "application/x-www-form-urlencoded"},
		{"Content-Length", strconv.Itoa(len(body))},
	} {
		tx.AddRequestHeader(header[0], header[1])
	}
	if it := tx.ProcessRequestHeaders(); it != nil {
		return true, nil
	}
	if it, _, err := tx.WriteRequestBody([]byte(body)); err != nil || it != nil {
		return it != nil, err
	}
	it, err := tx.ProcessRequestBody()
	return it != nil, err
}

func open(detector string) (func(string) (bool, error), error) {
	if detector == "libinjection" {
		return func(value string) (bool, error) {
			isSQL, _ := libinjection.IsSQLi(value)
			return isSQL || libinjection.IsXSS(value), nil
		}, nil
	}
	paranoia, err := strconv.Atoi(strings.TrimPrefix(detector, "crs"))
	if err != nil {
		return nil, fmt.Errorf("no detector is called %q", detector)
	}
	waf, err := openRuleSet(paranoia)
	if err != nil {
		return nil, err
	}
	return func(value string) (bool, error) { return isBlocked(waf, value) }, nil
}

func judge() error {
	var input struct {
		Detector string   `json:"detector"`
		Values   []string `json:"values"`
	}
	if err := json.NewDecoder(os.Stdin).Decode(&input); err != nil {
		return err
	}
	isFlagged, err := open(input.Detector)
	if err != nil {
		return err
	}
	result := outcome{Flagged: make([]bool, len(input.Values))}
	from := time.Now()
	for i, value := range input.Values {
		if result.Flagged[i], err = isFlagged(value); err != nil {
			return err
		}
	}
	result.Seconds = time.Since(from).Seconds()
	return json.NewEncoder(os.Stdout).Encode(result)
}

func main() {
	if err := judge(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
