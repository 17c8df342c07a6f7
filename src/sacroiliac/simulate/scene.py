"""Where care is given, by whom, and who pays: the resources that all patients share."""

from __future__ import annotations

import msgspec

from sacroiliac.knowledge.simulation import Scene


def lines(scene: Scene) -> dict[str, list[bytes]]:
    """The shared resources as lines by type: sites and payers (Organization), rooms (Location), clinicians."""
    encode = msgspec.json.Encoder().encode
    sites = [
        encode({"resourceType": "Organization", "id": f"site-{one}", "active": True, "name": f"Site {one}"})
        for one in range(1, scene.sites + 1)
    ]
    payers = [
        encode({"resourceType": "Organization", "id": f"payer-{one}", "active": True, "name": name})
        for one, name in enumerate(scene.payers, 1)
    ]
    rooms = [
        encode(
            {
                "resourceType": "Location",
                "id": f"room-{one}",
                "status": "active",
                "name": f"Procedure room, site {one}",
                "managingOrganization": {"reference": f"Organization/site-{one}"},
            }
        )
        for one in range(1, scene.sites + 1)
    ]
    people = [
        encode(
            {
                "resourceType": "Practitioner",
                "id": f"clinician-{one}",
                "active": True,
                "name": [{"family": f"Clinician {one}"}],
            }
        )
        for one in range(1, scene.sites * scene.clinicians + 1)
    ]
    return {"Organization": sites + payers, "Location": rooms, "Practitioner": people}
