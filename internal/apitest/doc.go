// Package apitest proves that the document of the API, GET /openapi.json, is
// true: requests and answers of tests are checked against it. Schemas of objects
// are taken strictly, so that a field that the document does not have is a fault.
package apitest
