// Validates FHIR R4 resources: a JSON array on stdin, an array of error messages for each on stdout.
const { readFileSync } = require("node:fs");
const { Fhir } = require("fhir");

const fhir = new Fhir();
const problems = (resource) =>
  fhir
    .validate(resource, { errorOnUnexpected: true })
    .messages.filter((message) => ["error", "fatal"].includes(message.severity))
    .map((message) => `${message.location ?? resource.resourceType}: ${message.message}`);
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(problems)));
