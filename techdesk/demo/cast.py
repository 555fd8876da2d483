"""Who plays in the demo: technicians, customers and their people. Invented, with reserved addresses only."""

from __future__ import annotations

from msgspec import Struct

from techdesk.model import Organisation, Person, Queue, Role

BEA, RAVI, LENA, OMAR, INES, ROBOT = "bea", "ravi", "lena", "omar", "ines", "robot"

TECHNICIANS = (
    Person(id=BEA, name="Bea Moreau", email="bea@desk.example", role=Role.TECHNICIAN),
    Person(id=RAVI, name="Ravi Kulkarni", email="ravi@desk.example", role=Role.TECHNICIAN),
    Person(id=LENA, name="Lena Vogt (SWAT)", email="lena@desk.example", role=Role.TECHNICIAN),
    Person(id=OMAR, name="Omar Haddad (night)", email="omar@desk.example", role=Role.TECHNICIAN),
    Person(id=INES, name="Ines Prado (duty manager)", email="ines@desk.example", role=Role.TECHNICIAN),
    Person(id=ROBOT, name="Desk robot", email="robot@desk.example", role=Role.SYSTEM),
)

QUEUES = (
    Queue(id="service-desk", name="Service desk"),
    Queue(id="network", name="Network and voice"),
    Queue(id="cloud", name="Cloud and servers"),
    Queue(id="swat", name="SWAT"),
    Queue(id="requests", name="Requests"),
)


class Customer(Struct, frozen=True, kw_only=True):
    """An organisation with what its tickets talk about."""

    organisation: Organisation
    domain: str
    area: str
    """Whose incident templates fit (``incidents.toml``)."""
    sites: tuple[str, ...]
    hosts: tuple[str, ...]
    queue: str
    people: tuple[tuple[str, bool], ...]
    """Name and whether they are a VIP."""

    @property
    def id(self) -> str:
        """Id of the organisation."""
        return self.organisation.id

    def person(self, index: int) -> Person:
        """One of its people; any number is fine."""
        name, vip = self.people[index % len(self.people)]
        local = ".".join(name.lower().replace("'", "").split())
        ascii_local = local.translate(str.maketrans("äöüéèåøłç", "aoueeaolc"))
        return Person(
            id=f"{ascii_local}@{self.domain}",
            name=name,
            email=f"{ascii_local}@{self.domain}",
            role=Role.REQUESTER,
            organisation=self.id,
            vip=vip,
        )


def _customer(
    identifier: str,
    name: str,
    policy: str,
    region: str,
    queue: str,
    sites: str,
    people: str,
    area: str = "",
) -> Customer:
    domain = f"{identifier}.example"
    first = identifier.split("-")[0]
    return Customer(
        organisation=Organisation(id=identifier, name=name, policy=policy, region=region),
        domain=domain,
        area=area or policy,
        sites=tuple(sites.split(", ")),
        hosts=tuple(f"{first}-{kind}.example" for kind in ("app01", "edge1", "files2", "pbx")),
        queue=queue,
        people=tuple((person.rstrip("*"), person.endswith("*")) for person in people.split(", ")),
    )


DUNMORE = _customer(
    "dunmore",
    "Dunmore Cloud",
    "dynamix",
    "US",
    "network",
    "Riverside, Dock Street, Hillcrest, Northgate, Mill Lane, Airport Park, Union Square",
    "Kim Osei, Patricia Lund*, Derek Amato, Yuki Tanabe, Lee Fairchild, Noor Rahimi, Sam Whitlock",
)
TASMAN = _customer(
    "tasman",
    "Tasman Phones",
    "phonism",
    "US",
    "network",
    "Geelong Road, Harbour View, Maple Avenue",
    "Gus Petrakis, Marisol Vega*, Ivy Nakamura, Tom Brannigan",
)
ALPENRUF = _customer(
    "alpenruf",
    "Alpenruf GmbH",
    "wildix",
    "DE",
    "network",
    "Kempten, Füssen, Sonthofen",
    "Jörg Brenner, Anneliese Huber, Mathis Keller",
)
ALPENRUF_SUED = _customer(
    "alpenruf-sued",
    "Alpenruf Süd Bronze",
    "wildix",
    "IT",
    "network",
    "Bozen, Meran",
    "Elena Pichler, Franz Gamper",
)
RETE_NORD = _customer(
    "rete-nord",
    "Rete Nord Gold",
    "wildix",
    "IT",
    "network",
    "Como, Lecco, Varese",
    "Giulia Ferrario, Paolo Brambilla, Chiara Fontana",
)
HARBOUR = _customer(
    "harbour",
    "Harbour Micro",
    "zynstra",
    "GB",
    "cloud",
    "Leith, Whitby, Falmouth, Oban",
    "Alistair Dunn, Morag Sinclair, Priya Nair, Owen Pryce",
)
DATALITH = _customer(
    "datalith",
    "Datalith Inc.",
    "data-dynamics",
    "US",
    "cloud",
    "Houston, Tulsa, Mobile, Shreveport, Baton Rouge",
    "Carla Whitfield*, Ben Okafor, Susan Lindqvist, Raj Malhotra",
)
GREYFORD = _customer(
    "greyford",
    "Greyford Freight (on hold)",
    "dynamix",
    "US",
    "network",
    "Pier 7, Yard Office",
    "Helen Storck, Miles Tran",
    "dynamix",
)
OLDFIELD = _customer(
    "oldfield",
    "Oldfield Press (contract expired)",
    "dynamix",
    "US",
    "cloud",
    "Print Hall, Archive",
    "Walter Dunne, Rosa Ibarra",
    "dynamix",
)
QUARRY = _customer(
    "quarry",
    "Quarry Analytics (licence lapsed)",
    "data-dynamics",
    "US",
    "cloud",
    "Tempe, Mesa",
    "Nadia Sørensen, Phil Garrity",
    "data-dynamics",
)
KESTREL = _customer(
    "kestrel",
    "Kestrel Freight",
    "demo-office",
    "GB",
    "service-desk",
    "Depot 4, Terminal B",
    "Fiona Marsh, Dev Anand",
    "dynamix",
)

HARROW = _customer(
    "harrow",
    "Harrow Alarms",
    "phonism",
    "US",
    "network",
    "Control Room, Foundry Lane",
    "Dana Whitlow, Ike Mensah",
)

CUSTOMERS = (
    DUNMORE,
    TASMAN,
    ALPENRUF,
    ALPENRUF_SUED,
    RETE_NORD,
    HARBOUR,
    DATALITH,
    GREYFORD,
    OLDFIELD,
    QUARRY,
    KESTREL,
    HARROW,
)

STRANGER = Person(
    id="lee.marlow@dunmore.example",
    name="Lee Marlow",
    email="lee.marlow@dunmore.example",
    role=Role.REQUESTER,
)
"""Writes for Dunmore Cloud, but is no contact of the account: may not open requests (POLICIES 2.1 D20)."""

END_USER = Person(
    id="pat.ellison@corner-bakery.example",
    name="Pat Ellison",
    email="pat.ellison@corner-bakery.example",
    role=Role.REQUESTER,
)
"""Customer of a reseller of Tasman Phones: white label, the wrong tier (POLICIES 2.2 PH5)."""

PEOPLE = (
    *TECHNICIANS,
    *(customer.person(index) for customer in CUSTOMERS for index in range(len(customer.people))),
)
