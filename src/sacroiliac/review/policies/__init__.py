"""What each society and payer asks for: dated policies applied to a case, criterion by criterion."""
