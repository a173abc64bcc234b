"""The data categories a charter or a contract may name: the Fideslang taxonomy.

Keys of both the current and the former spelling are known. A misspelt category would match no
regulation and pass in silence, so only known categories are accepted.

Source: Fideslang, default taxonomy of data categories, versions 2.0 to 3.2.
"""

from __future__ import annotations

_TREE = """
system: authentication operations
user: account authorization behavior biometric biometrics childrens children contact content
 demographic location device payment social social_activity settings unique_id telemetry
 user_sensor sensor financial government_id health_and_medical health name criminal_history
 privacy_preferences job_title workplace professional_information
user.account: settings username
user.authorization: credentials biometric biometrics password
user.behavior: browsing_history media_consumption purchase_history search_history
user.biometric: fingerprint retinal voice health
user.biometrics: fingerprint retinal voice
user.children: children_under_thirteen thirteen_to_sixteen
user.contact: address email phone_number url social_url fax_number organization
user.contact.address: city country postal_code state street mailing_address
user.content: private public self_image
user.demographic: age_range date_of_birth gender language marital_status political_opinion
 profile race_ethnicity religious_belief sexual_orientation citizenship_or_immigration_status
 philosophical_belief protected_classifications union_membership
user.device: cookie cookie_id device_id ip_address sensor telemetry
user.financial: bank_account credit_card
user.government_id: birth_certificate drivers_license_number immigration
 national_identification_number passport_number vehicle_registration
user.health: genetic insurance_beneficiary_id record_id condition medical_diagnosis medications
 prescriptions reproductive_or_sexual social_psychological_behavioral symptons treatment
user.health_and_medical: genetic insurance_beneficiary_id record_id
user.location: imprecise coarse precise
user.professional_information: job_title workplace
user.name: first last
user.unique_id: pseudonymous deterministic probablistic
"""


def _keys() -> frozenset[str]:
    keys: set[str] = set()
    parent = ""
    for line in _TREE.strip().splitlines():
        head, colon, rest = line.rpartition(":")
        # A line without a colon continues the line above.
        parent = head if colon else parent
        keys |= {parent, *(f"{parent}.{child}" for child in rest.split())}
    return frozenset(keys)


CATEGORIES = _keys()
"""All known keys."""


def is_category(key: str) -> bool:
    """Whether a key is in the taxonomy."""
    return key in CATEGORIES
