package main

import (
	"bytes"
	"encoding/json"
	"log"
	"net/http"
	"os"
)

// fault is what goes wrong behind a sandboxed facade: see facade/sandbox/faults.py. Production has no such thing.
type fault map[string]any

// during makes it go wrong while the call runs, and tells how many requests the fault still waits for.
func (f fault) during(call func()) (remaining any) {
	control(http.MethodPut, []fault{f})
	defer control(http.MethodDelete, nil)
	call()
	return control(http.MethodGet, nil).Faults[0]["remaining"]
}

type faults struct {
	Faults []map[string]any `json:"faults"`
}

// control asks the sandbox, at the URL that `facade serve --sandbox` prints.
func control(method string, body any) (answer faults) {
	url := os.Getenv("SANDBOX")
	if url == "" {
		log.Fatal("SANDBOX is not set: it is the address that the facade prints for it")
	}
	content, err := json.Marshal(body)
	check(err)
	request, err := http.NewRequest(method, url+"/sandbox/faults", bytes.NewReader(content))
	check(err)
	response, err := http.DefaultClient.Do(request)
	check(err)
	defer response.Body.Close()
	expect(response.StatusCode, http.StatusOK)
	check(json.NewDecoder(response.Body).Decode(&answer))
	return answer
}
